export function readAddress(text: string): URL {
  if (!URL.canParse(text))
    throw new Error('The address of the vault has to look like vault://:key_1234@vault.acme.io/file?environment=test');
  return new URL(text);
}

export function readKey(text: string): Buffer {
  if (!text.startsWith('-----BEGIN PRIVATE KEY-----')) throw new TypeError('It has to be a key in PKCS#8.');
  return Buffer.from(text.replaceAll(/-----(?:BEGIN|END) PRIVATE KEY-----|\s/g, ''), 'base64');
}
