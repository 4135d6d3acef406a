import { atText, heldOf } from './clients.ts';
import { withoutSecrets } from './dockerfile.ts';
import { itemsOf, member, membersOf, textOf, type Located } from './located.ts';
import type { At, Held } from './parts.ts';

/** What an image starts with: the configuration of OCI, or what `docker inspect` tells of an image or a container. */
export interface ImageConfig {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  readonly user?: At<string>;
  readonly env: readonly Held[];
  /** What its layers say of their making, without secrets, and what secret each had. */
  readonly history: readonly {
    readonly line: number;
    readonly secrets: readonly { readonly name: string; readonly kind: string }[];
  }[];
  /** The program with its arguments, without secrets. */
  readonly command: string;
  /** Variables that switch something off, as they are written. */
  readonly switches: readonly At<string>[];
  readonly ports: readonly At<string>[];
}

const SWITCH =
  /^(?:NODE_TLS_REJECT_UNAUTHORIZED=0|PYTHONHTTPSVERIFY=0|NODE_OPTIONS=.*--inspect|NODE_ENV=development|DEBUG=(?!0$|false$|no$|off$).|FLASK_(?:DEBUG|ENV)=(?:1|development))/;

/** The images of a document; `undefined` when it is none. */
export function readImages(file: string, root: Located): readonly ImageConfig[] | undefined {
  const all = (root.items ?? [root]).flatMap((each) => readImage(file, each));
  return all.length === 0 ? undefined : all;
}

function readImage(file: string, root: Located): readonly ImageConfig[] {
  const isOci = member(root, 'rootfs', 'diff_ids') !== undefined && member(root, 'os') !== undefined;
  const isDocker =
    member(root, 'Id') !== undefined &&
    (member(root, 'RootFS') !== undefined || member(root, 'HostConfig') !== undefined);
  const config = member(root, isOci ? 'config' : 'Config');
  if (!isOci && !isDocker) return [];
  const user = atText(member(config, 'User'));
  const variables = itemsOf(member(config, 'Env')).flatMap((each) => atText(each) ?? []);
  const tag = textOf(itemsOf(member(root, 'RepoTags'))[0]) ?? textOf(member(root, 'Name'));
  return [
    {
      file,
      line: (config ?? root).line,
      column: (config ?? root).column,
      name: tag ?? 'the image',
      ...(user === undefined || user.value === '' ? {} : { user }),
      env: variables.flatMap(({ value, ...at }) => {
        const cut = value.indexOf('=');
        return cut <= 0 ? [] : [heldOf(value.slice(0, cut), { ...at, value: value.slice(cut + 1) })];
      }),
      history: itemsOf(member(root, 'history')).map((each) => ({
        line: each.line,
        secrets: secretsOf(textOf(member(each, 'created_by'))?.slice(0, 16_384) ?? ''),
      })),
      command: withoutSecrets(
        'CMD',
        [...wordsOf(member(config, 'Entrypoint')), ...wordsOf(member(config, 'Cmd'))].join(' '),
      ).text,
      switches: variables.filter(({ value }) => SWITCH.test(value)),
      ports: membersOf(member(config, 'ExposedPorts')).map(([value, { line, column }]) => ({ value, line, column })),
    },
  ];
}

function wordsOf(value: Located | undefined): readonly string[] {
  return itemsOf(value).flatMap((each) => textOf(each) ?? []);
}

/** What a layer was made with: `|1 TOKEN=... /bin/sh -c ...`, `ENV TOKEN=...`, `RUN ...`. */
function secretsOf(text: string): ReturnType<typeof withoutSecrets>['secrets'] {
  return withoutSecrets('RUN', text.replace(/^\/bin\/sh -c #\(nop\)\s+/, '')).secrets;
}
