import { parseToken } from '../live/jwt.ts';
import type { LiveSubject } from '../live/subject.ts';

/** Why nothing can be compared between two users, with what to give; undefined where there are two. */
export function faultOfUsers(subject: LiveSubject): string | undefined {
  const [user, second] = [subject.tokenOf('user'), subject.tokenOf('second')];
  if (user === undefined)
    return 'it is asked as nobody: name files with the tokens of two users with --token-file and --second-token-file';
  if (second === undefined) return 'no token of another user was given: name a file with --second-token-file';
  return isSameUser(user, second) ? 'the second token is of the same user as the first' : undefined;
}

/** Whether two tokens speak for one user, where that can be read in them (RFC 9068 section 2.2). */
function isSameUser(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parseToken(one)?.claims, parseToken(other)?.claims];
  return a?.['sub'] !== undefined && a['sub'] === b?.['sub'] && a['iss'] === b['iss'];
}
