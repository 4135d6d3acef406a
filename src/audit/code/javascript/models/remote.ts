import type { Model, OutsideCall } from '../../engine/machine.ts';
import { origin } from '../../engine/origins.ts';
import { leadingText, objectOf, thing, type Value } from '../../engine/values.ts';
import { pathOf } from './names.ts';

const CLIENT =
  '(?:fetch|(?:undici|node-fetch|cross-fetch|make-fetch-happen|node-fetch-native)(?:\\.(?:fetch|request))?|ky(?:\\.\\w+)?)';
const READS = new RegExp(`^${CLIENT}\\(\\)(?:\\.body)?\\.(?:text|json)$`);
const WHOLE =
  /^(?:axios(?:\.create\(\))?(?:\.(?:get|post|put|patch|delete|request))?|got(?:\.(?:get|post|put|patch|delete))?)$/;
/** What a client reads of where it has to sign in. */
const METADATA =
  /^@modelcontextprotocol\/(?:sdk\/)?client\b.*\.(?:discoverOAuthMetadata|discoverAuthorizationServerMetadata|discoverOAuthProtectedResourceMetadata|discoverOAuthServerInfo|registerClient)$/;

/** What other servers answer. */
export const remote: Model = (call) => {
  const path = pathOf(call);
  const answer = (): Value => {
    const isNamed = namesServer(call);
    const spot = { file: call.frame.module.file, at: call.at };
    return { origins: [origin('member', [], 0, { kind: 'remote', name: '', ...spot, sure: !isNamed, isNamed })] };
  };
  if (READS.test(path) || METADATA.test(path)) return answer();
  if (WHOLE.test(path) && !call.isNew)
    return thing(
      objectOf([
        ['data', answer()],
        ['body', answer()],
      ]),
      { kind: 'symbol', path: `${path}()`, ...(call.symbol === undefined ? {} : { of: call.symbol }), args: call.args },
    );
  return undefined;
};

/** Whether the code itself says which server is asked, or which one is unless a setting says otherwise. */
function namesServer({ symbol, args }: OutsideCall): boolean {
  const asked = symbol?.args ?? symbol?.of?.args ?? args;
  return asked.slice(0, 1).some((each) => /^https:\/\/[^/?#]+/.test(leadingText(each) ?? ''));
}
