import { expect } from "expect";
import { originOf, repositoryFields } from "../../scripts/repository.ts";

const FIELDS = {
  homepage: "https://example.org/team/netflux#readme",
  bugs: { url: "https://example.org/team/netflux/issues" },
  repository: { type: "git", url: "git+https://example.org/team/netflux.git" },
} as const;

Deno.test("repositoryFields() returns the same address for all forms of a remote", () => {
  for (
    const remote of [
      "https://example.org/team/netflux",
      "https://example.org/team/netflux.git",
      "https://user:token@example.org/team/netflux.git/",
      "ssh://git@example.org:2222/team/netflux.git",
      "git@example.org:team/netflux.git",
    ]
  ) expect([remote, repositoryFields(remote)]).toEqual([remote, FIELDS]);
});

Deno.test("repositoryFields() returns undefined for a folder", () => {
  for (const remote of ["", "/srv/netflux", "../netflux", "file:///srv/netflux", "C:\\netflux"]) {
    expect([remote, repositoryFields(remote)]).toEqual([remote, undefined]);
  }
});

Deno.test("originOf() reads the remote of a checkout", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const url = new URL(`file://${folder}/`);
    for (const args of [["init", "-q"], ["remote", "add", "origin", "git@example.org:a/b.git"]]) {
      await new Deno.Command("git", { args, cwd: url }).output();
    }
    expect(await originOf(url)).toBe("git@example.org:a/b.git");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
