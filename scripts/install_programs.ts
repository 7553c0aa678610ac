// Finds programs on `PATH`, and installs their Debian packages.

export function findProgram(names: readonly string[]): string | undefined {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const folders = (Deno.env.get("PATH") ?? "").split(separator).filter((folder) => folder !== "");
  return names
    .flatMap((name) => folders.map((folder) => `${folder}/${name}${suffix}`))
    .find(isFile);
}

export function canInstallPackages(): boolean {
  return Deno.build.os === "linux" && Deno.uid() === 0 && isFile("/etc/debian_version") &&
    isFile("/usr/bin/apt-get");
}

/** Installs packages of Debian. Returns the error, or `undefined`. */
export async function installPackages(packages: readonly string[]): Promise<string | undefined> {
  const steps = [
    ["update"],
    ["install", "-y", "--no-install-recommends", ...packages],
  ];
  for (const args of steps) {
    const { success, stderr } = await new Deno.Command("apt-get", {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) return `apt-get ${args[0]}: ${new TextDecoder().decode(stderr).trim()}`;
  }
  return undefined;
}

/**
 * Installs the packages of missing programs, if possible.
 *
 * @param packages Debian's packages, by program.
 * @returns The error, if any.
 */
export async function installMissing(
  packages: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const missing = Object.keys(packages).filter((name) => findProgram([name]) === undefined);
  if (missing.length === 0 || !canInstallPackages()) return undefined;
  return await installPackages(missing.map((name) => packages[name] ?? name));
}

/** Finds a program, installing its Debian package if needed; `undefined` if that is impossible. */
export async function ensureProgram(name: string, inPackage = name): Promise<string | undefined> {
  const there = findProgram([name]);
  if (there !== undefined || !canInstallPackages()) return there;
  await installPackages([inPackage]);
  // The package may have started a service.
  await stopService(inPackage);
  return findProgram([name]);
}

export async function stopService(name: string): Promise<void> {
  const program = findProgram(["service"]);
  if (program === undefined) return;
  await new Deno.Command(program, {
    args: [name, "stop"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
}

export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (UNSEEN.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}

const UNSEEN = [
  Deno.errors.NotFound,
  Deno.errors.NotADirectory,
  Deno.errors.PermissionDenied,
];
