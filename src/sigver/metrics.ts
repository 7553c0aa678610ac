// The metrics of a server, in the text format 0.0.4 of Prometheus.

import { LIMIT_NAMES, type LimitName } from "./limits.ts";

export interface ClusterLoad {
  readonly isUp: boolean;
  readonly others: number;
  readonly remotes: number;
  readonly refused: number;
}

export class Metrics {
  connectionsOpened = 0;
  readonly messagesReceived = { heartbeat: 0, content: 0, connect: 0, connected: 0 };
  readonly messagesSent = { heartbeat: 0, content: 0, connect: 0, connected: 0 };
  bytesReceived = 0;
  bytesSent = 0;
  readonly refused = { origin: 0, token: 0, admit: 0 };
  readonly #connectionsClosed = new Map<number, number>();
  readonly #exceeded = new Map<LimitName, number>(LIMIT_NAMES.map((name) => [name, 0]));

  connectionClosed(code: number): void {
    increment(this.#connectionsClosed, code);
  }

  limitExceeded(limit: LimitName | undefined): void {
    if (limit !== undefined) increment(this.#exceeded, limit);
  }

  expose(load: Record<"rooms" | "sessions", number>, cluster: ClusterLoad | undefined): string {
    const closed = [...this.#connectionsClosed].sort(([a], [b]) => a - b);
    const lines = [
      gauge("sigver_connections", "Open connections.", load.sessions),
      gauge("sigver_groups", "Groups that have a client.", load.rooms),
      counter("sigver_connections_opened_total", "Opened connections.", this.connectionsOpened),
      counter("sigver_connections_closed_total", CLOSED, closed, "code"),
      counter("sigver_messages_received_total", "Messages of clients.", this.messagesReceived),
      counter("sigver_messages_sent_total", "Messages to clients.", this.messagesSent),
      counter("sigver_refused_total", "Unauthorized requests.", this.refused, "reason"),
      counter("sigver_exceeded_total", "Exceeded limits.", [...this.#exceeded], "limit"),
      counter("sigver_received_bytes_total", "Bytes of frames of clients.", this.bytesReceived),
      counter("sigver_sent_bytes_total", "Bytes of frames to clients.", this.bytesSent),
    ];
    if (cluster === undefined) return lines.join("");
    const { isUp, others, remotes, refused } = cluster;
    lines.push(
      gauge("sigver_bus_up", "Whether the bus to other servers is up.", isUp ? 1 : 0),
      gauge("sigver_nodes", "Servers of the cluster, with this one.", others + 1),
      gauge("sigver_remote_clients", "Clients of other servers with a group here.", remotes),
      counter("sigver_node_messages_refused_total", "Malformed messages of servers.", refused),
    );
    return lines.join("");
  }
}

const CLOSED = "Closed connections, by the close code of the server; 0: by the client.";

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

type Samples = number | Record<string, number> | readonly (readonly [unknown, number])[];

export function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}

export function counter(name: string, help: string, samples: Samples, label = "type"): string {
  const values = Array.isArray(samples) ? samples : Object.entries(samples);
  const lines = typeof samples === "number"
    ? [`${name} ${samples}\n`]
    : values.map(([value, count]) => `${name}{${label}="${value}"} ${count}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} counter\n${lines.join("")}`;
}
