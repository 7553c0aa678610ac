// fast-check with SEED and SEED_PATH of the environment; a failed property prints how to repeat it.
// All tests import it from here.

import fc from "fast-check";

const [seed, path] = [Deno.env.get("SEED"), Deno.env.get("SEED_PATH")];

fc.configureGlobal({
  ...(seed !== undefined && { seed: Number(seed) }),
  // A path leads to one counterexample of one property: --filter has to choose its test.
  ...(path !== undefined && { path, endOnFailure: true }),
  reporter(details) {
    if (!details.failed) return;
    const { seed, counterexamplePath, errorInstance } = details;
    const command = `deno test -A ${callingTest() ?? "FILE"}`;
    const narrow = `SEED=${seed} SEED_PATH=${counterexamplePath} ${command} --filter "NAME"`;
    const lines = [
      fc.defaultReportMessage(details),
      "",
      `Repeat with: SEED=${seed} ${command}`,
      ...(counterexamplePath === null ? [] : [`Only the counterexample: ${narrow}`]),
    ];
    throw new Error(lines.join("\n"), { cause: errorInstance });
  },
});

/** The test file that checks the present property. */
function callingTest(): string | undefined {
  return /tests\/[\w/.-]+_test\.[jt]s/.exec(new Error().stack ?? "")?.[0];
}

export { fc };
