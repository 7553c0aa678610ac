/** The headers of a WebSocket handshake (RFC 6455, section 4.1). */
export const HANDSHAKE_HEADERS = [
  "Host: localhost",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
  "",
].join("\r\n");
