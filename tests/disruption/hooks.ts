import type { ReceivedLine } from "./checker.ts";

export interface Hooks {
  /** The lines of the other tab, as the page shows them. */
  readonly received: readonly ReceivedLine[];
  /** The joins and leaves, as the page shows them. */
  readonly events: readonly string[];
  sentCount: number;
  /** Sends a line at this interval, until `quiet` is called. */
  talk(everyMs: number): void;
  quiet(): void;
  /** The library does not learn of it. */
  killConnections(): void;
  /** Closes all connections, and blocks new ones; or unblocks them. */
  cutOff(isCut: boolean): void;
}

/** Runs in the page, before its script, and closes over nothing. */
export function installHooks(): void {
  const [received, events]: [ReceivedLine[], string[]] = [[], []];
  const [connections, sockets] = [new Set<RTCPeerConnection>(), new Set<WebSocket>()];
  let isCut = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  class Connection extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      // A relay policy without a TURN server leaves no candidates.
      super(isCut ? { iceTransportPolicy: "relay" } : configuration);
      connections.add(this);
    }
  }
  class Socket extends WebSocket {
    constructor(url: string | URL) {
      // The port of the discard protocol is closed.
      super(isCut ? "ws://127.0.0.1:9" : url);
      sockets.add(this);
    }
  }
  Object.assign(globalThis, { RTCPeerConnection: Connection, WebSocket: Socket });

  const look = (added: Node) => {
    if (!(added instanceof HTMLElement)) return;
    if (added.matches(".event")) events.push(added.firstChild?.textContent ?? "");
    if (!added.matches('.chat[data-mine="false"]')) return;
    received.push({ text: added.querySelector(".text")?.textContent ?? "", atMs: Date.now() });
  };
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach(look);
  }).observe(document, { childList: true, subtree: true });

  const say = async (text: string) => {
    const input = document.querySelector<HTMLInputElement>(".say input")!;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const button = document.querySelector<HTMLButtonElement>(".say button[type=submit]")!;
    while (button.disabled) await new Promise((next) => setTimeout(next, 5));
    button.click();
  };
  const killConnections = () => {
    for (const connection of connections) connection.close();
    connections.clear();
  };
  const hooks: Hooks = {
    received,
    events,
    sentCount: 0,
    talk(everyMs) {
      const next = async () => {
        await say(`line ${++hooks.sentCount}, said at ${Date.now()}`);
        if (timer !== undefined) timer = setTimeout(next, everyMs);
      };
      timer = setTimeout(next);
    },
    quiet() {
      clearTimeout(timer);
      timer = undefined;
    },
    killConnections,
    cutOff(cut) {
      isCut = cut;
      if (!cut) return;
      killConnections();
      for (const socket of sockets) socket.close();
      sockets.clear();
    },
  };
  Object.assign(globalThis, { disruption: hooks });
}
