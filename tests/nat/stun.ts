// The part of STUN that detects the kind of a NAT (RFC 8489, RFC 5780).

/** Where the reply to a request has to come from. */
export type From = "here" | "another port" | "elsewhere";

export function bindingRequest(id: number, from: From): Uint8Array {
  const request = new DataView(new ArrayBuffer(HEADER_BYTES + CHANGE_BYTES));
  request.setUint16(0, BINDING_REQUEST);
  request.setUint16(2, CHANGE_BYTES);
  request.setUint32(4, COOKIE);
  request.setUint32(HEADER_BYTES - 4, id);
  request.setUint16(HEADER_BYTES, CHANGE_REQUEST);
  request.setUint16(HEADER_BYTES + 2, 4);
  request.setUint32(HEADER_BYTES + 4, CHANGES[from]);
  return new Uint8Array(request.buffer);
}

/** The request and the address of a response; `undefined` for other bytes. */
export function readBinding(
  bytes: Uint8Array,
): { readonly id: number; readonly address: string } | undefined {
  const response = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || response.getUint16(0) !== BINDING_RESPONSE) return undefined;
  for (let at = HEADER_BYTES; at + ADDRESS_END <= bytes.length;) {
    const length = response.getUint16(at + 2);
    if (response.getUint16(at) === XOR_MAPPED_ADDRESS) {
      const port = response.getUint16(at + 6) ^ (COOKIE >>> 16);
      const host = (response.getUint32(at + 8) ^ COOKIE) >>> 0;
      const parts = [24, 16, 8, 0].map((shift) => (host >>> shift) & 0xff);
      return { id: response.getUint32(HEADER_BYTES - 4), address: `${parts.join(".")}:${port}` };
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}

const HEADER_BYTES = 20;
const CHANGE_BYTES = 8;
/** The bytes of type, length, family, port and address of an IPv4 attribute. */
const ADDRESS_END = 12;

const BINDING_REQUEST = 0x0001;
const BINDING_RESPONSE = 0x0101;
const COOKIE = 0x2112a442;

const CHANGE_REQUEST = 0x0003;
const XOR_MAPPED_ADDRESS = 0x0020;

/** RFC 5780 section 7.2: another address is 4, another port 2. */
const CHANGES: Readonly<Record<From, number>> = {
  here: 0,
  "another port": 2,
  elsewhere: 6,
};
