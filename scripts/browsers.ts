// Finds the browsers that tests drive, and installs missing ones if possible.

import { canInstallPackages, findProgram, installPackages, isFile } from "./install_programs.ts";

const BROWSER_NAMES = ["chromium", "firefox"] as const;

export type BrowserName = typeof BROWSER_NAMES[number];

export type BrowserPaths = Readonly<Record<BrowserName, string | undefined>>;

interface Candidate {
  readonly variable: string;
  /** Names to search on `PATH`, the preferred one first. */
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
 * @throws {Error} The environment variable is not the path of a file. Using another installed
 * browser instead would hide the wrong setting.
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
 * @throws {Error} A browser is still missing and `CI` is `true`: silently skipped tests would look
 * like passed ones.
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
