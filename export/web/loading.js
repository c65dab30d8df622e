// LiteRT.js and the models that run on it.

/** Return LiteRT.js, ready for use. Throws an Error in words. */
export async function importRuntime(address) {
  try {
    const litert = await import("@litertjs/core");
    await litert.loadLiteRt(new URL(address, document.baseURI).href);
    return litert;
  } catch (error) {
    throw new Error(`The runtime did not load from ${address}: ${words(error)}`);
  }
}

/** Return the model in a file, ready to run. Throws an Error in words. */
export async function compiled(litert, file) {
  const response = await fetch(file).catch((error) => ({ statusText: words(error) }));
  if (!response.ok) {
    const reason = [response.status, response.statusText].join(" ").trim();
    throw new Error(`The model ${file} did not load: ${reason}`);
  }
  try {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return await litert.loadAndCompile(bytes, { accelerator: "wasm" });
  } catch (error) {
    throw new Error(`The runtime cannot read the model ${file}: ${words(error)}`);
  }
}

function words(error) {
  return error?.message ?? (error instanceof Event ? "the file is missing" : String(error));
}
