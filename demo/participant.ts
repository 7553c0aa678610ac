/**
 * Somebody in the demo, whether a page, a terminal or a bot: a group, and what is said in it.
 *
 * @module
 */

import type { WebGroup } from "../mod.ts";
import { Arrivals, sha256Of } from "./files.ts";
import {
  type Audience,
  decodeNote,
  encodeNote,
  type FileNote,
  type Note,
  type Role,
} from "./notes.ts";

/** What happened in the group. */
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
  | {
    readonly type: "fileAnnounced";
    readonly sender: number;
    readonly note: FileNote;
    /** Whom one sends it to oneself; all unless told. */
    readonly to?: number;
  }
  | {
    readonly type: "fileGrew";
    readonly sender: number;
    readonly note: FileNote;
    readonly received: number;
  }
  | {
    readonly type: "fileReceived";
    readonly sender: number;
    readonly note: FileNote;
    readonly intact: boolean;
  }
  | { readonly type: "fileLost"; readonly sender: number; readonly note: FileNote }
  | {
    readonly type: "fileConfirmed";
    readonly member: number;
    readonly file: string;
    readonly intact: boolean;
  }
  | { readonly type: "failed"; readonly error: unknown };

/** A file to send. */
export interface Parcel {
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
  /** How much goes into one message; all unless told. */
  readonly chunkBytes?: number;
  /** Called as the parts are handed over. */
  readonly grew?: (note: FileNote, sent: number) => void;
}

/** Takes part in a group, and says who it is to everyone it meets. */
export class Participant {
  readonly group: WebGroup;
  readonly #role: Role;
  readonly #tell: (fact: Fact) => void;
  readonly #arrivals = new Arrivals();

  /**
   * @param tell Is told what happens, from now on.
   * @param signal Ends that.
   */
  constructor(
    group: WebGroup,
    role: Role,
    tell: (fact: Fact, me: Participant) => void,
    signal?: AbortSignal,
  ) {
    this.group = group;
    this.#role = role;
    this.#tell = (fact) => tell(fact, this);
    const options = signal === undefined ? {} : { signal };
    group.addEventListener("memberjoin", ({ member }) => this.#meet(member), options);
    group.addEventListener("memberleave", ({ member }) => this.#part(member), options);
    group.addEventListener("message", ({ sender, data }) => this.#receive(sender, data), options);
    group.addEventListener("error", ({ error }) => this.#tell({ type: "failed", error }), options);
    for (const member of group.members) if (member !== group.myId) this.#meet(member);
  }

  /** Says something to all or to one; settles when it is on its way. */
  say(text: string, to?: number): Promise<void> {
    return this.#send({ type: "chat", text, audience: audienceOf(to) }, to);
  }

  /** Sends a file to all or to one, at the pace of the slowest who receives it. */
  async sendFile(parcel: Parcel, to?: number): Promise<FileNote> {
    const { name, content, chunkBytes = content.length, grew } = parcel;
    const note: FileNote = {
      type: "file",
      file: crypto.randomUUID(),
      name,
      bytes: content.length,
      sha256: await sha256Of(content),
      audience: audienceOf(to),
    };
    const sender = this.group.myId;
    this.#tell({ type: "fileAnnounced", sender, note, ...(to !== undefined && { to }) });
    await this.#send(note, to);
    for (let start = 0; start < content.length; start += chunkBytes) {
      const end = Math.min(start + chunkBytes, content.length);
      await this.#sendRaw(content.subarray(start, end), to);
      grew?.(note, end);
    }
    return note;
  }

  #meet(member: number): void {
    this.#tell({ type: "joined", member });
    // Who has left again needs no greeting; nothing else makes it fail.
    this.#send({ type: "hello", role: this.#role }, member).catch(() => {});
  }

  #part(member: number): void {
    for (const { note } of this.#arrivals.forget(member)) {
      this.#tell({ type: "fileLost", sender: member, note });
    }
    this.#tell({ type: "left", member });
  }

  #receive(sender: number, data: string | Uint8Array): void {
    if (typeof data !== "string") return this.#receiveBytes(sender, data);
    const note = decodeNote(data);
    switch (note?.type) {
      case "hello":
        return this.#tell({ type: "introduced", member: sender, role: note.role });
      case "chat":
        return this.#tell({ type: "said", sender, text: note.text, audience: note.audience });
      case "receipt": {
        const { file, intact } = note;
        return this.#tell({ type: "fileConfirmed", member: sender, file, intact });
      }
      case "file":
        if (this.#arrivals.announce(sender, note)) {
          this.#tell({ type: "fileAnnounced", sender, note });
        }
        return;
    }
  }

  #receiveBytes(sender: number, bytes: Uint8Array): void {
    const arrival = this.#arrivals.add(sender, bytes);
    if (arrival === undefined) return;
    const { note, content, received } = arrival;
    this.#tell({ type: "fileGrew", sender, note, received });
    if (received < note.bytes) return;
    this.#check(sender, note, content).catch((error) => this.#tell({ type: "failed", error }));
  }

  async #check(sender: number, note: FileNote, content: Uint8Array<ArrayBuffer>): Promise<void> {
    const intact = await sha256Of(content) === note.sha256;
    this.#tell({ type: "fileReceived", sender, note, intact });
    // Who has left does not wait for the receipt.
    await this.#send({ type: "receipt", file: note.file, intact }, sender).catch(() => {});
  }

  #send(note: Note, to?: number): Promise<void> {
    return this.#sendRaw(encodeNote(note), to);
  }

  #sendRaw(data: string | Uint8Array, to?: number): Promise<void> {
    return to === undefined ? this.group.send(data) : this.group.sendTo(to, data);
  }
}

function audienceOf(to: number | undefined): Audience {
  return to === undefined ? "all" : "you";
}
