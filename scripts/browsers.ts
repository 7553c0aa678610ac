import { canInstallPackages, findProgram, installPackages, isFile } from "./programs.ts";

const BROWSER_NAMES = ["chromium", "firefox"] as const;

/** A browser that the tests know how to drive. */
export type BrowserName = typeof BROWSER_NAMES[number];

/** Where each browser is, or `undefined` where it is missing. */
export type BrowserPaths = Readonly<Record<BrowserName, string | undefined>>;

interface Candidate {
  /** The environment variable that overrides the search. */
  readonly variable: string;
  /** Names to look for on `PATH`, best first. */
  readonly executables: readonly string[];
  readonly debianPackage: string;
}

const CANDIDATES: Readonly<Record<BrowserName, Candidate>> = {
  chromium: {
    variable: "CHROMIUM_PATH",
    executables: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    debianPackage: "chromium",
  },
  firefox: {
    variable: "FIREFOX_PATH",
    executables: ["firefox-esr", "firefox"],
    debianPackage: "firefox-esr",
  },
};

/**
 * The path of a browser's executable: its environment variable if set, else the first well-known
 * name on `PATH`.
 *
 * @throws {Error} when the environment variable names no file: a wrong setting must not be hidden
 * by another browser that happens to be installed.
 */
export function findBrowser(name: BrowserName): string | undefined {
  const { variable, executables } = CANDIDATES[name];
  const configured = Deno.env.get(variable);
  if (configured !== undefined && configured !== "") {
    if (!isFile(configured)) {
      throw new Error(`Cannot find ${name}: ${variable} is ${configured}, which is no file`);
    }
    return configured;
  }
  return findProgram(executables);
}

/**
 * Finds browsers, all by default, and installs missing ones if this is root on a Debian-like
 * system. Elsewhere it prints what to install.
 *
 * @throws {Error} when one is still missing and `CI` is `true`: tests skipped in silence there
 * would look like tests that passed.
 */
export async function ensureBrowsers(
  names: readonly BrowserName[] = BROWSER_NAMES,
): Promise<BrowserPaths> {
  let missing = missingOf(names);
  let failure: string | undefined;
  if (missing.length > 0 && canInstallPackages()) {
    failure = await installPackages(missing.map((name) => CANDIDATES[name].debianPackage));
    missing = missingOf(names);
  }
  if (missing.length > 0) {
    const message = missingMessage(missing, failure);
    if (Deno.env.get("CI") === "true") throw new Error(message);
    // deno-lint-ignore no-console -- the output of a script
    console.error(message);
  }
  return { chromium: findBrowser("chromium"), firefox: findBrowser("firefox") };
}

function missingOf(names: readonly BrowserName[]): readonly BrowserName[] {
  return names.filter((name) => findBrowser(name) === undefined);
}

function missingMessage(missing: readonly BrowserName[], failure: string | undefined): string {
  const wishes = missing.map((name) => {
    const { debianPackage, variable } = CANDIDATES[name];
    return `${name} (Debian: apt-get install ${debianPackage}; or set ${variable})`;
  });
  const reason = failure === undefined ? "" : `; installing failed: ${failure}`;
  return `Cannot run all browser tests: missing ${wishes.join(" and ")}${reason}`;
}

if (import.meta.main) {
  for (const [name, path] of Object.entries(await ensureBrowsers())) {
    // deno-lint-ignore no-console -- the output of a script
    console.log(`${name}: ${path ?? "missing"}`);
  }
}
