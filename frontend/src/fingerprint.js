// Two 32-bit halves of a non-cryptographic hash (cyrb53): it tells texts apart, it proves nothing.
export function fingerprint(text) {
  let [left, right] = [0xdeadbeef, 0x41c6ce57];
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    left = Math.imul(left ^ code, 2654435761);
    right = Math.imul(right ^ code, 1597334677);
  }
  const mixed = [
    Math.imul(left ^ (left >>> 16), 2246822507) ^ Math.imul(right ^ (right >>> 13), 3266489909),
    Math.imul(right ^ (right >>> 16), 2246822507) ^ Math.imul(left ^ (left >>> 13), 3266489909),
  ];
  return mixed.map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
