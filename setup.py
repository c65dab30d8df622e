"""Maps the two source folders onto one package: `export/` is imported as `tfgen.export`."""

from setuptools import find_packages, setup

setup(
    package_dir={"tfgen": "tfgen", "tfgen.export": "export"},
    packages=[
        *find_packages(include=["tfgen", "tfgen.*"], exclude=["tfgen.export", "tfgen.export.*"]),
        "tfgen.export",
        *[f"tfgen.export.{package}" for package in find_packages("export")],
    ],
)
