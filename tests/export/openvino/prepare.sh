#!/usr/bin/env bash
# Makes an environment of its own with OpenVINO, a reader of TFLite files that is not TensorFlow's:
# tests/export/openvino/prepare.sh DIR; then TFGEN_OPENVINO=DIR pytest tests/export/openvino
set -euo pipefail
python3 -m venv "$1"
"$1/bin/pip" install --quiet "openvino>=2025.0" numpy
"$1/bin/python" -c "import openvino; print('OpenVINO', openvino.__version__)"
