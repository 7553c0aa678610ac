import { type Browser, LAUNCHERS } from "../support/browsers.ts";
import { until } from "../support/until.ts";
import { PageProject, SIGNALING_SERVER } from "./page_project.ts";
import { type Program, Project } from "./project.ts";

export interface Row {
  readonly name: string;
  /** Rejects with the failure. */
  readonly check: (stage: Stage) => Promise<void>;
}

export class Stage implements AsyncDisposable {
  readonly #folder: string;
  readonly tarball: string;
  /** A project with only the package. */
  readonly plain: Project;
  readonly #signaling: Program;
  readonly signalingServer: string;
  #browser: Promise<Browser> | undefined;

  private constructor(
    folder: string,
    tarball: string,
    plain: Project,
    signaling: Program,
    signalingServer: string,
  ) {
    this.#folder = folder;
    this.tarball = tarball;
    this.plain = plain;
    this.#signaling = signaling;
    this.signalingServer = signalingServer;
  }

  /** Installs the tarball, and starts the signaling server that is in it. */
  static async open(folder: string, tarball: string): Promise<Stage> {
    const plain = await Project.install({ fixture: "plain", folder: `${folder}/plain`, tarball });
    const [signaling, url] = await startSigver(plain);
    return new Stage(folder, tarball, plain, signaling, url);
  }

  /** A new project with the package, from the fixture of this name. */
  project(fixture: string, ...args: readonly string[]): Promise<Project> {
    return this.projectNamed(fixture, fixture, ...args);
  }

  projectNamed(name: string, fixture: string, ...args: readonly string[]): Promise<Project> {
    const { tarball } = this;
    return Project.install({ fixture, folder: `${this.#folder}/${name}`, tarball, args });
  }

  /** An empty folder for a page of the documentation. */
  pageProject(name: string, changes: Readonly<Record<string, string>> = {}): PageProject {
    const all = { [SIGNALING_SERVER]: this.signalingServer, ...changes };
    return new PageProject(`${this.#folder}/${name}`, this.tarball, all);
  }

  browser(): Promise<Browser> {
    return this.#browser ??= LAUNCHERS.chromium();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#browser !== undefined) await (await this.#browser).close();
    await this.#signaling.end();
  }
}

/** Returns the program, and the address that it prints. */
export async function startSigver(project: Project): Promise<[Program, string]> {
  const bin = project.bin("netflux-sigver");
  const program = project.start(bin, ["--port", "0", "--host", "127.0.0.1"]);
  const address = () => /^Sigver listens at (ws:\S+)\n/.exec(program.printed)?.[1];
  try {
    await until("sigver listens", () => address() !== undefined, () => program.printed);
  } catch (error) {
    await program.end();
    throw error;
  }
  return [program, address() ?? ""];
}
