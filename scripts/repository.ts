// The repository fields of package.json, from the remote `origin`. npm resolves the links of the
// README with them. The clone of a local folder has none.

/** The fields of package.json (https://docs.npmjs.com/cli/configuring-npm/package-json). */
export interface RepositoryFields {
  readonly homepage: string;
  readonly bugs: { readonly url: string };
  readonly repository: { readonly type: "git"; readonly url: string };
}

/** Returns the fields for a remote: an HTTPS or SSH URL, or `user@host:path`; none for a folder. */
export function repositoryFields(remote: string): RepositoryFields | undefined {
  const address =
    /^(?:(?:https|ssh):\/\/(?:[^@/]+@)?([^:/]+)(?::\d+)?\/|[^@/]+@([^:/]+):)(.+?)(?:\.git)?\/?$/;
  const [, ofUrl, ofScp, path] = address.exec(remote) ?? [];
  const host = ofUrl ?? ofScp;
  if (host === undefined) return undefined;
  const homepage = `https://${host}/${path}`;
  return {
    homepage: `${homepage}#readme`,
    bugs: { url: `${homepage}/issues` },
    repository: { type: "git", url: `git+${homepage}.git` },
  };
}

/** Returns the remote of the checkout that contains a folder; "" without a remote or git. */
export async function originOf(folder: URL): Promise<string> {
  const git = new Deno.Command("git", {
    args: ["remote", "get-url", "origin"],
    cwd: folder,
    stderr: "null",
  });
  try {
    const { stdout } = await git.output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
