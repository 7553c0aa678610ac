/** A WebSocket of Deno that names another program, too, to which servers send no empty frames. */
export function foreignSocket(url: string): WebSocket {
  const options = { headers: { "user-agent": "Foreign/1.0" } };
  // The DOM's types do not have this option of Deno.
  return new WebSocket(url, options as unknown as string[]);
}
