/**
 * A participant of the demo, in a page, a terminal or a bot: a group, and its messages.
 *
 * @module
 */

import type { WebGroup } from "../mod.ts";
import type { FileStore, Source } from "./files.ts";
import {
  type Audience,
  decodeMessage,
  type DemoMessage,
  encodeMessage,
  type Role,
} from "./messages.ts";
import { type TransferFact, Transfers } from "./transfers.ts";

/** An event of the group. */
export type Fact =
  | { readonly type: "joined"; readonly member: number }
  | { readonly type: "left"; readonly member: number }
  | { readonly type: "introduced"; readonly member: number; readonly role: Role }
  | {
    readonly type: "said";
    readonly sender: number;
    readonly text: string;
    readonly audience: Audience;
  }
  | TransferFact
  | { readonly type: "failed"; readonly error: unknown };

/** The role of a participant, and its store of files. */
export interface Self {
  readonly role: Role;
  readonly shelf: FileStore;
}

/** Joins a group, and introduces itself to each member. */
export class Participant {
  readonly group: WebGroup;
  readonly #role: Role;
  readonly #tell: (fact: Fact) => void;
  readonly #transfers: Transfers;

  /** @param tell Called with each event. */
  constructor(
    group: WebGroup,
    { role, shelf }: Self,
    tell: (fact: Fact, me: Participant) => void,
  ) {
    this.group = group;
    this.#role = role;
    this.#tell = (fact) => tell(fact, this);
    const say = (note: DemoMessage, to: number) => this.#send(note, to);
    this.#transfers = new Transfers({ group, shelf, tell: this.#tell, say });
    group.addEventListener("memberjoin", ({ member }) => this.#meet(member));
    group.addEventListener("memberleave", ({ member }) => {
      this.#transfers.left(member);
      this.#tell({ type: "left", member });
    });
    group.addEventListener("message", ({ sender, data }) => this.#receive(sender, data));
    group.addEventListener("stream", (event) => {
      const { sender, name, size, mediaType: type } = event;
      this.#transfers.receive(sender, { name, size, type }, () => event.readable);
    });
    group.addEventListener("error", ({ error }) => this.#tell({ type: "failed", error }));
    for (const member of group.members) if (member !== group.myId) this.#meet(member);
  }

  /** Sends a message to all or to one; settles once it is sent. */
  say(text: string, to?: number): Promise<void> {
    return this.#send({ type: "chat", text, audience: to === undefined ? "all" : "you" }, to);
  }

  /** Sends a file to all or to one; settles when each of them has all of it, or will not. */
  sendFile(file: Source, to?: number): Promise<void> {
    return this.#transfers.send(file, to);
  }

  /** Cancels the transfer of a file, in either direction. */
  cancelFile(file: string): void {
    this.#transfers.cancel(file);
  }

  /** Ends all files that are on their way. */
  cancelFiles(): void {
    this.#transfers.cancelAll();
  }

  #meet(member: number): void {
    this.#tell({ type: "joined", member });
    // A member that has left needs no greeting; there is no other reason to fail.
    this.#send({ type: "hello", role: this.#role }, member).catch(() => {});
  }

  #receive(sender: number, data: string | Uint8Array): void {
    if (typeof data !== "string") return;
    const note = decodeMessage(data);
    switch (note?.type) {
      case "hello":
        return this.#tell({ type: "introduced", member: sender, role: note.role });
      case "chat":
        return this.#tell({ type: "said", sender, text: note.text, audience: note.audience });
      case "hash":
        return this.#transfers.told(sender, note.file, note.sha256);
    }
  }

  #send(note: DemoMessage, to?: number): Promise<void> {
    const message = encodeMessage(note);
    return to === undefined ? this.group.send(message) : this.group.sendTo(to, message);
  }
}
