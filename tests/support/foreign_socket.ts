/** A WebSocket of Deno whose user agent names another program: servers send it no empty frames. */
export function foreignSocket(url: string): WebSocket {
  const options = { headers: { "user-agent": "Foreign/1.0" } };
  // The DOM's types do not have this option of Deno.
  return new WebSocket(url, options as unknown as string[]);
}
