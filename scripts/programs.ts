/** The path of the first of these programs that is on `PATH`. */
export function findProgram(names: readonly string[]): string | undefined {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const folders = (Deno.env.get("PATH") ?? "").split(separator).filter((folder) => folder !== "");
  return names
    .flatMap((name) => folders.map((folder) => `${folder}/${name}${suffix}`))
    .find(isFile);
}

/** Whether packages can be installed: this is root on a Debian-like system. */
export function canInstallPackages(): boolean {
  return Deno.build.os === "linux" && Deno.uid() === 0 && isFile("/etc/debian_version") &&
    isFile("/usr/bin/apt-get");
}

/** Installs Debian's packages; what went wrong, or `undefined`. */
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
 * The path of a program, whose Debian package is installed where it is missing and can be;
 * `undefined` where it cannot.
 */
export async function ensureProgram(name: string, inPackage = name): Promise<string | undefined> {
  const there = findProgram([name]);
  if (there !== undefined || !canInstallPackages()) return there;
  await installPackages([inPackage]);
  // The package may start a service of its own.
  await stopService(inPackage);
  return findProgram([name]);
}

/** Stops a service of Debian's, where there are any. */
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

/** Whether there is a file at a path, as far as this user may see. */
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
