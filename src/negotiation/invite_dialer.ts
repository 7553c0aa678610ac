/**
 * Dials the WebSockets of bots that this peer invites, each with a time limit.
 *
 * @sansio
 * @module
 */

import { ConnectionError } from "../base/errors.ts";
import { SOCKET_TIMEOUT_MS } from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel, Dial } from "../transport/channel.ts";
import type { Transport } from "../transport/transport.ts";
import { type DialParameters, encodeDialQuery } from "../wire/dial_query.ts";

export interface InviteDialerEnvironment {
  readonly clock: Clock;
  readonly transport: Pick<Transport, "dialSocket">;
  readonly post: (turn: () => void) => void;
}

/** The outcome of a dial: one of the two, once, in a turn of its own. */
export interface InviteEvents {
  opened(channel: Channel): void;
  failed(error: ConnectionError): void;
}

interface PendingInvite {
  readonly url: string;
  readonly deadline: number;
  readonly events: InviteEvents;
  dial: Dial | undefined;
}

export class InviteDialer {
  readonly #environment: InviteDialerEnvironment;
  readonly #pending = new Set<PendingInvite>();

  constructor(environment: InviteDialerEnvironment) {
    this.#environment = environment;
  }

  get deadline(): number | undefined {
    return earliest([...this.#pending].map(({ deadline }) => deadline));
  }

  dial(url: string, query: DialParameters, events: InviteEvents): void {
    const { clock, post, transport } = this.#environment;
    const deadline = clock.now() + SOCKET_TIMEOUT_MS;
    const invite: PendingInvite = { url, deadline, events, dial: undefined };
    this.#pending.add(invite);
    invite.dial = transport.dialSocket(encodeDialQuery(url, query), {
      opened: (channel) =>
        post(() => {
          if (this.#pending.delete(invite)) events.opened(channel);
          else channel.close();
        }),
      failed: (reason) => post(() => this.#fail(invite, "UNREACHABLE", reason)),
    });
  }

  close(): void {
    for (const invite of [...this.#pending]) {
      invite.dial?.cancel();
      this.#fail(invite, "ABORTED", "the group was left");
    }
  }

  tick(now: number): void {
    for (const invite of [...this.#pending]) {
      if (now < invite.deadline) continue;
      invite.dial?.cancel();
      this.#fail(invite, "TIMEOUT", `no connection within ${SOCKET_TIMEOUT_MS} ms`);
    }
  }

  #fail(invite: PendingInvite, code: "TIMEOUT" | "UNREACHABLE" | "ABORTED", reason: string): void {
    if (!this.#pending.delete(invite)) return;
    invite.events.failed(new ConnectionError(code, `Cannot invite ${invite.url}: ${reason}`));
  }
}
