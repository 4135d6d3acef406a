import path from 'path';

export function isWithin(candidate, allowed) {
  if (typeof candidate !== 'string' || !Array.isArray(allowed) || allowed.length === 0) return false;
  if (candidate.includes('\x00')) return false;
  let resolved;
  try {
    resolved = path.resolve(path.normalize(candidate));
  } catch {
    return false;
  }
  return allowed.some((folder) => {
    if (typeof folder !== 'string' || !folder) return false;
    const root = path.resolve(path.normalize(folder));
    if (resolved === root) return true;
    if (root === path.sep) return resolved.startsWith(path.sep);
    return resolved.startsWith(root + path.sep);
  });
}
