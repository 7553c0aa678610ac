// A Nostr relay that stores nothing (NIP-01: `EVENT`, `REQ`, `CLOSE`; filters by kind and tag), by
// which the members of trystero find each other.

interface NostrEvent {
  readonly id: string;
  readonly kind: number;
  readonly tags: readonly (readonly string[])[];
}

interface Filter {
  readonly kinds?: readonly number[];
  readonly "#x"?: readonly string[];
}

type Message =
  | readonly ["EVENT", NostrEvent]
  | readonly ["REQ", string, ...Filter[]]
  | readonly ["CLOSE", string];

export class NostrRelay {
  readonly #subscriptions = new Map<WebSocket, Map<string, readonly Filter[]>>();

  admit(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => this.#subscriptions.set(socket, new Map());
    socket.onmessage = ({ data }) => this.#take(socket, JSON.parse(data));
    socket.onclose = () => this.#subscriptions.delete(socket);
    return response;
  }

  #take(socket: WebSocket, message: Message): void {
    switch (message[0]) {
      case "EVENT":
        socket.send(JSON.stringify(["OK", message[1].id, true, ""]));
        return this.#publish(message[1]);
      case "REQ": {
        const [, name, ...filters] = message;
        this.#subscriptions.get(socket)?.set(name, filters);
        return socket.send(JSON.stringify(["EOSE", name]));
      }
      case "CLOSE":
        this.#subscriptions.get(socket)?.delete(message[1]);
    }
  }

  #publish(event: NostrEvent): void {
    for (const [socket, subscriptions] of this.#subscriptions) {
      for (const [name, filters] of subscriptions) {
        if (!filters.some((filter) => matches(filter, event))) continue;
        if (socket.readyState === WebSocket.OPEN) {
          socket.send(JSON.stringify(["EVENT", name, event]));
        }
      }
    }
  }
}

function matches({ kinds, "#x": topics }: Filter, { kind, tags }: NostrEvent): boolean {
  if (kinds !== undefined && !kinds.includes(kind)) return false;
  return topics === undefined ||
    tags.some(([name, value]) => name === "x" && topics.includes(value ?? ""));
}
