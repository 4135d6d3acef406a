/**
 * Names that hold secrets or settings of other programs, as globs of `*` and `?` over one name, whatever its case. A
 * name that begins with a dot is hidden, so all of those are in it.
 */
const DENIED_NAMES: readonly string[] = Object.freeze([
  '.*',
  '_netrc',
  '*.env',
  '*.pem',
  '*.key',
  '*.p12',
  '*.pfx',
  '*.p8',
  '*.jks',
  '*.keystore',
  '*.kdbx',
  '*.kdb',
  '*.ppk',
  '*.ovpn',
  '*.keytab',
  '*.tfstate',
  '*.tfstate.*',
  '*.tfvars',
  'id_rsa*',
  'id_dsa*',
  'id_ecdsa*',
  'id_ed25519*',
  'authorized_keys*',
  'credentials',
  'credentials.*',
  'secrets',
  'secrets.*',
  'service-account*.json',
  'service_account*.json',
  'wp-config.php',
  'shadow',
  'shadow-',
  'root.keys',
]);

/**
 * Whether a name is denied. Takes the name in its compatibility form and lower case.
 * @param allowed Globs of names that are let through all the same.
 */
export function createDenied(more: readonly string[], allowed: readonly string[]): (name: string) => boolean {
  const lower = (globs: readonly string[]) => globs.map((glob) => glob.toLowerCase());
  const [denied, excepted] = [lower([...DENIED_NAMES, ...more]), lower(allowed)];
  return (name) => denied.some((glob) => matchesGlob(glob, name)) && !excepted.some((glob) => matchesGlob(glob, name));
}

/** Matches `*` and `?` against the whole of a name, in time linear in the product of both. */
export function matchesGlob(glob: string, name: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < name.length) {
    const wanted = glob[at];
    if (wanted === '*') {
      star = at++;
      mark = from;
    } else if (wanted === '?' || wanted === name[from]) {
      at++;
      from++;
    } else if (star !== -1) {
      at = star + 1;
      from = ++mark;
    } else return false;
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}
