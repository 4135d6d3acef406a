/** Ways to write one IPv4 address in a URL: radixes, fewer parts, overflow, other scripts, escapes, inside of IPv6. */
export function spellings(address: string): readonly string[] {
  const parts = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = parts;
  const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const pair = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const inverted = `${(((a << 8) | b) ^ 0xffff).toString(16)}:${(((c << 8) | d) ^ 0xffff).toString(16)}`;
  const named = [
    ...product(parts.map(radixes)),
    ...product([radixes(a), radixes(b), radixes((c << 8) | d)]),
    ...product([radixes(a), radixes((b << 16) | (c << 8) | d)]),
    ...radixes(whole),
    String(whole + 2 ** 32),
    `0x41414141${whole.toString(16).padStart(8, '0')}`,
    parts.map((part) => String(part + 256)).join('.'),
    parts.map((part) => `0o${part.toString(8)}`).join('.'),
    parts.map((part) => `000000${part.toString(8)}`).join('.'),
    `${address}.`,
    `${address}.nip.io`,
    parts.join('\u3002'),
    parts.join('\uff0e'),
    parts.join('\uff61'),
    parts.join('%2e'),
    parts.join('.\u00ad'),
    parts.join('.\u200b'),
    digits(address, 0xff10),
    digits(address, 0x2460 - 1),
    digits(address, 0x1d7ce),
    digits(address, 0x0660),
    Buffer.from(address).toString('hex').replaceAll(/../g, '%$&'),
  ];
  const inside = [
    `::ffff:${address}`,
    `::ffff:${pair}`,
    `::FFFF:${pair}`,
    `0:0:0:0:0:ffff:${address}`,
    `0000:0000:0000:0000:0000:ffff:${pair}`,
    `::${address}`,
    `::${pair}`,
    `::ffff:0:${address}`,
    `64:ff9b::${address}`,
    `64:ff9b:1::${address}`,
    `64:ff9b::${pair}`,
    `2002:${pair}::1`,
    `2002:${pair}::`,
    `2001:0:4136:e378:8000:63bf:${inverted}`,
    `2001::${inverted}`,
    `fe80::5efe:${address}`,
    `2606:4700::5efe:${pair}`,
    `::ffff:${address}%lo`,
    `::ffff:${address}%25lo`,
  ];
  return [...named, ...inside.map((one) => `[${one}]`)];
}

/** Ways to write the loopback address of IPv6. */
export const LOOPBACK_6: readonly string[] = [
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000:0000:0000:0000:0000:0000:0000:0001]',
  '[::0001]',
  '[0::1]',
  '[::0.0.0.1]',
  '[::1%lo]',
  '[::1%25lo]',
  '[::1%251]',
  '[::]',
  '[0::0]',
  '[::ffff:0:0]',
  '%5b::1%5d',
];

function radixes(value: number): readonly string[] {
  return [String(value), `0${value.toString(8)}`, `0x${value.toString(16)}`, `0X${value.toString(16).toUpperCase()}`];
}

function product(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.reduce<readonly string[]>(
    (made, list) => (made.length === 0 ? list : made.flatMap((start) => list.map((next) => `${start}.${next}`))),
    [],
  );
}

/** Digits of another script; U+2460 has no zero of its own, so the circled one stands for it. */
function digits(address: string, zero: number): string {
  return address.replaceAll(/\d/g, (digit) =>
    zero === 0x245f && digit === '0' ? '\u24ea' : String.fromCodePoint(zero + Number(digit)),
  );
}
