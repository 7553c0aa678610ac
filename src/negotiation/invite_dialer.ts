// Dials the WebSockets of bots that this peer invites, each with a time limit.
// @sansio

import { ConnectionError } from "../base/errors.ts";
import { SOCKET_TIMEOUT_MS } from "../base/limits.ts";
import { earliest } from "../machine/timers.ts";
import type { Clock } from "../platform/platform.ts";
import type { Channel } from "../transport/channel.ts";
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
  readonly deadline: number;
  abort(code: ConnectionError["code"], reason: string): void;
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
    const failed = (code: ConnectionError["code"], reason: string) => {
      if (!this.#pending.delete(invite)) return;
      events.failed(new ConnectionError(code, `Cannot invite ${url}: ${reason}`));
    };
    const invite: PendingInvite = {
      deadline: clock.now() + SOCKET_TIMEOUT_MS,
      abort: (code, reason) => {
        dial.cancel();
        failed(code, reason);
      },
    };
    this.#pending.add(invite);
    const dial = transport.dialSocket(encodeDialQuery(url, query), {
      opened: (channel) =>
        post(() => {
          if (this.#pending.delete(invite)) events.opened(channel);
          else channel.close();
        }),
      failed: (reason) => post(() => failed("UNREACHABLE", reason)),
    });
  }

  close(): void {
    for (const invite of [...this.#pending]) invite.abort("ABORTED", "the group was left");
  }

  tick(now: number): void {
    for (const invite of [...this.#pending]) {
      if (now < invite.deadline) continue;
      invite.abort("TIMEOUT", `no connection within ${SOCKET_TIMEOUT_MS} ms`);
    }
  }
}
