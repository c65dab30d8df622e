// Visits a page in headless Chromium and prints, as JSON, what happened.
//
//   node visit.mjs NODE_MODULES CHROMIUM VISIT
//
// VISIT is JSON: { address, pictures: folder for screenshots, profile: empty folder, proxy, steps }.
// The browser sends all that is not for 127.0.0.1 to the proxy. `steps` is the body of an async
// function of (page, shoot); what it returns is `answer`.

import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, executablePath, json] = process.argv.slice(2);
const { address, pictures, profile, proxy, steps } = JSON.parse(json);
const { chromium } = createRequire(join(modules, "/"))("playwright-core");
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic",
  "--no-first-run", "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
  `--proxy-server=${proxy}`,
];
const context = await chromium.launchPersistentContext(profile, {
  executablePath, headless: true, args: flags, viewport: { width: 1280, height: 900 },
});
const requests = [];
context.on("request", (request) => requests.push(request.url()));
try {
  const page = await context.newPage();
  await page.goto(address);
  await page.locator("html:not([data-state=loading])").waitFor({ timeout: 60_000 });
  const shoot = (name) => page.screenshot({ path: join(pictures, name), fullPage: true });
  const AsyncFunction = (async () => {}).constructor;
  const answer = await new AsyncFunction("page", "shoot", steps)(page, shoot);
  console.log(JSON.stringify({ answer, requests }));
} finally {
  await context.close();
}
