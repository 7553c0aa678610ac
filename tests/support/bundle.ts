/**
 * Makes one script of a module and what it imports, for a page.
 *
 * @module
 */

/** The bundle as UTF-8, ready to be served. */
export async function bundle(entry: URL): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", entry.href],
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout;
}
