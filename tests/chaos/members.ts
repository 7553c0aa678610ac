import { EventLog } from "./event_log.ts";
import type { Host } from "./network.ts";
import { Process } from "./process.ts";

export interface Meeting {
  readonly signalingServer: string;
  readonly key: string;
}

/** A member as the driver controls it. */
export interface Member {
  readonly name: string;
  readonly eventLog: EventLog;
  join(): Promise<void>;
  /** Stops sending; still receives. */
  quiet(): Promise<void>;
}

export class Peer implements Member {
  readonly name: string;
  readonly eventLog = new EventLog();
  readonly process: Process;

  constructor(name: string, { signalingServer, key }: Meeting, host: Host | undefined) {
    this.name = name;
    this.process = new Process({
      name,
      script: new URL("peer.ts", import.meta.url),
      args: [name, signalingServer, key],
      namespace: host?.namespace,
      printed: (line) => this.eventLog.read(line),
    });
  }

  async join(): Promise<void> {
    await this.process.order("join");
  }

  async invite(url: string): Promise<void> {
    await this.process.order(`invite ${url}`);
  }

  async quiet(): Promise<void> {
    await this.process.order("quiet");
  }
}

export class BotMember implements Member {
  readonly name: string;
  readonly eventLog = new EventLog();
  readonly process: Process;
  readonly #inviter: Peer;
  #url: string | undefined;

  /** @param inviter The member that invites it. */
  constructor(name: string, { signalingServer }: Meeting, inviter: Peer) {
    this.name = name;
    this.#inviter = inviter;
    this.process = new Process({
      name,
      script: new URL("bot.ts", import.meta.url),
      args: [name, signalingServer],
      printed: (line) => {
        this.#url ??= /^listens at (.+)$/.exec(line)?.[1];
        this.eventLog.read(line);
      },
    });
  }

  get url(): string | undefined {
    return this.#url;
  }

  async join(): Promise<void> {
    if (this.#url === undefined) throw new Error(`Cannot invite ${this.name}: it listens nowhere`);
    await this.#inviter.invite(this.#url);
  }

  async quiet(): Promise<void> {
    await this.process.order("quiet");
  }
}
