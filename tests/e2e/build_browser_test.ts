import { expect } from "expect";
import * as netflux from "../../mod.ts";
import { buildBrowser } from "../../scripts/build_browser.ts";

/** esbuild's process outlives the promise of its end by a moment. */
const ESBUILD = { sanitizeOps: false, sanitizeResources: false };

const ENTRY = new URL("../../mod.ts", import.meta.url);

Deno.test(
  "buildBrowser() builds one script with a global for all exports",
  ESBUILD,
  async () => {
    const code = await buildBrowser({ entry: ENTRY, globalName: "netflux" });
    // Indirect: the script runs in the global scope, as in a page.
    const built = new Function(`${code}; return netflux;`)();
    expect(Object.keys(built).sort()).toEqual(Object.keys(netflux).sort());
    expect(new built.WebGroup({ signalingServer: "ws://localhost" }).state).toBe(2);
  },
);

Deno.test("buildBrowser() includes no paths of the build machine", ESBUILD, async () => {
  const code = await buildBrowser({ entry: ENTRY, globalName: "netflux" });
  const { pathname } = new URL("../..", import.meta.url);
  const home = Deno.env.get("HOME") ?? pathname;
  for (const path of [pathname, `${home}/`, "node_modules", ".cache/"]) {
    expect(code).not.toContain(path);
  }
});

Deno.test("buildBrowser() builds a module from an npm package", ESBUILD, async () => {
  const code = await buildBrowser({ entry: new URL("npm:rxjs@^7.8.2"), format: "esm" });
  const built = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  expect(built.Subject).toBeInstanceOf(Function);
});

Deno.test("buildBrowser() rejects when a module cannot be found", async () => {
  const entry = new URL("./no_such_module.ts", import.meta.url);
  await expect(buildBrowser({ entry })).rejects.toThrow("no_such_module.ts");
});
