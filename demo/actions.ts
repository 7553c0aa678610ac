/**
 * What the parts of a page are given: what there is, and what can be done.
 *
 * @module
 */

import type { Room } from "./room.ts";

/** What can be done with files. */
export interface FileActions {
  /** Ends one that is on its way. */
  cancelFile(file: string): void;
  /** Lets one that came be kept. */
  save(content: Blob, name: string): void;
}

/** What somebody can do. */
export interface Actions extends FileActions {
  /** Says something to all, or to one. */
  say(text: string, to?: number): void;
  /** Sends a file to all, or to one. */
  sendFile(file: File, to?: number): void;
  /** The same with a file of random bytes. */
  sendRandomFile(bytes: number, to?: number): void;
  inviteBot(): void;
  copyLink(): Promise<void>;
  dismiss(alert: number): void;
}

/** What all parts of the page are given. */
export interface Props {
  readonly limit: Room;
  readonly actions: Actions;
}

/** What the parts are given that know of one receiver. */
export interface ChoiceProps extends Props {
  /** Whom to send to; all unless told. */
  readonly to: number | undefined;
  readonly choose: (member: number | undefined) => void;
}
