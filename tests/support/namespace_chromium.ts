import { type Browser, launch } from "puppeteer-core";
import { findBrowser } from "../../scripts/browsers.ts";
import { findProgram } from "../../scripts/install_programs.ts";
import { CHROMIUM_ARGS } from "./browsers.ts";

const LAUNCH_TIMEOUT_MS = 60_000;

/**
 * Starts Chromium with a fresh profile; Puppeteer talks to it over a pipe, in any network.
 *
 * @param origin Pages of this origin count as secure, as those of HTTPS and of localhost do.
 * @param namespace The network namespace; by default, that of the driver.
 */
export async function launchAt(origin: string, namespace?: string): Promise<Browser> {
  const chromium = findBrowser("chromium") ?? "";
  // Pages may compute hashes only over HTTPS, or from the same machine.
  const args = [...CHROMIUM_ARGS, `--unsafely-treat-insecure-origin-as-secure=${origin}`];
  return await launch({
    // `ip netns exec` becomes the program: Puppeteer ends it as its own.
    executablePath: namespace === undefined ? chromium : findProgram(["ip"]) ?? "",
    args: namespace === undefined
      ? args
      : ["netns", "exec", namespace, chromium, ...args, "about:blank"],
    ignoreDefaultArgs: namespace !== undefined,
    pipe: true,
    timeout: LAUNCH_TIMEOUT_MS,
    // The driver closes it; by default, Puppeteer ends the driver at a signal.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
