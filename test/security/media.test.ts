import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import {
  CANARY,
  exif,
  gif,
  gifExtension,
  jpeg,
  png,
  riffChunk,
  webp,
} from '../../src/controls/media-checks/fixtures/samples.ts';
import { content, prompt, tool } from '../../src/index.ts';
import { closeSharedIssuer, startTarget } from '../../src/prove/target.ts';
import { cleanMedia } from '../../src/media/clean.ts';
import { readMediaOptions } from '../../src/media/options.ts';
import { openPage, WITHOUT_CHROMIUM } from '../support/chromium.ts';

const RULES = readMediaOptions({});
const note = Buffer.from(CANARY, 'latin1');
const camera = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif(CANARY)]);

/** Pictures that tell more than they show. */
const TELLING: readonly (readonly [string, Buffer])[] = [
  [
    'image/png',
    png(4, 4, [
      ['tEXt', note],
      ['eXIf', exif(CANARY)],
    ]),
  ],
  [
    'image/jpeg',
    jpeg([
      [0xe1, camera],
      [0xfe, note],
    ]),
  ],
  ['image/gif', gif([gifExtension(0xfe, note)])],
  ['image/webp', webp([riffChunk('EXIF', exif(CANARY)), riffChunk('XMP ', note)], 0x0c)],
];

test('a browser shows the cleaned picture as it showed the one before', { skip: WITHOUT_CHROMIUM }, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'portcullis-media-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const page = await openPage(t, home);
  /** Extent and pixels of a picture, as the browser decodes it. */
  const shown = (type: string, bytes: Buffer): Promise<string> =>
    page.evaluate(
      `(async () => {
        const bytes = Uint8Array.from(atob(${JSON.stringify(bytes.toString('base64'))}), (c) => c.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes], { type: ${JSON.stringify(type)} }));
        const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
        canvas.drawImage(picture, 0, 0);
        return picture.width + 'x' + picture.height + ' ' + canvas.getImageData(0, 0, picture.width, picture.height).data.join();
      })()`,
    );
  for (const [type, bytes] of TELLING) {
    const cleaned = cleanMedia(bytes, type, RULES);
    assert.ok(bytes.includes(CANARY) && !cleaned.includes(CANARY), type);
    const before = await shown(type, bytes);
    assert.match(before, /^\d+x\d+ \d+,/);
    assert.equal(await shown(type, cleaned), before, type);
  }
});

const blocks = [
  { type: 'image', mimeType: 'image/jpeg', data: jpeg([[0xe1, camera]]).toString('base64') },
  {
    type: 'resource',
    resource: { uri: 'x:picture', mimeType: 'image/png', blob: png(4, 4, [['tEXt', note]]).toString('base64') },
  },
] as const;

test('prompts and embedded resources tell no more than tools do', async () => {
  const give = tool({
    name: 'give',
    description: 'Gives a picture in a resource.',
    input: z.strictObject({}),
    output: content('image', 'resource'),
    scope: 'media:read',
    effect: 'read',
    run: () => blocks,
  });
  const ask = prompt({
    name: 'ask',
    arguments: z.strictObject({}),
    scope: 'media:read',
    get: () => blocks.map((block) => ({ role: 'user' as const, content: block })),
  });
  const { target, stop } = await startTarget(
    { server: { name: 'pictures', version: '1.0.0', tools: [give], prompts: [ask] } },
    [],
    { transport: 'stdio', era: 'modern' },
  );
  try {
    const connection = await target.connect();
    for (const reply of [
      await connection.request('tools/call', { name: 'give', arguments: {} }),
      await connection.request('prompts/get', { name: 'ask' }),
    ]) {
      const data = [...reply.text.matchAll(/"(?:data|blob)":"([^"]+)"/g)].map(([, text = '']) =>
        Buffer.from(text, 'base64'),
      );
      assert.deepEqual(data, [jpeg(), png()]);
    }
    await connection.close();
  } finally {
    await stop();
    await closeSharedIssuer();
  }
});
