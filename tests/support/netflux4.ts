// The published browser build of Netflux 4, unchanged.

const BUILD = "dist/netflux.browser.es5.umd.js";

/** The script in the npm package, as Deno caches it; downloaded if missing. */
export async function netflux4Script(): Promise<string> {
  const root = new URL("../..", import.meta.url);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", new URL("deno.json", root).pathname, "npm:netflux@4.3.1"],
    cwd: root.pathname,
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const info: { readonly npmPackages: Readonly<Record<string, { readonly localPath: string }>> } =
    JSON.parse(new TextDecoder().decode(stdout));
  const found = Object.entries(info.npmPackages).find(([name]) => name.startsWith("netflux@"));
  if (found === undefined) throw new Error("Cannot find netflux@4.3.1 among Deno's npm packages");
  return await Deno.readTextFile(`${found[1].localPath}/${BUILD}`);
}
