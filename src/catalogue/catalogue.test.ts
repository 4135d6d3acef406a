import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import {
  CONTROLS,
  controlsOfLine,
  controlsOfTop10,
  FAMILIES,
  findControl,
  findMinimumBarLine,
  findObligation,
  isControlId,
  MINIMUM_BAR,
  OBLIGATIONS,
  obligationsOf,
  sourceOf,
} from './index.ts';

const shared = new URL('../../../shared/controls/catalogue.json', import.meta.url);

test('the catalogue has 100 controls, 5 groups of 15 lines, and 94 obligations', () => {
  assert.equal(CONTROLS.length, 100);
  assert.equal(new Set(CONTROLS.map((control) => control.id)).size, 100);
  assert.equal(MINIMUM_BAR.length, 5);
  assert.equal(MINIMUM_BAR.flatMap((group) => group.lines).length, 15);
  assert.equal(OBLIGATIONS.length, 94);
});

test('the families have their permanent sizes', () => {
  const sizes = FAMILIES.map((family) => `${family.key} ${family.controls.length}`).join(', ');
  assert.equal(
    sizes,
    'ARC 8, IDN 11, AUZ 8, ISO 8, TDS 9, VAL 14, RES 4, PIC 6, ELI 3, SEC 5, DEP 5, SUP 6, GOV 5, LOG 4, PRX 4',
  );
  for (const family of FAMILIES) {
    family.controls.forEach((control, index) => {
      assert.equal(control.id, `${family.key}-${String(index + 1).padStart(2, '0')}`);
    });
  }
});

test('a control carries lines of the minimum bar exactly when that is its tier', () => {
  for (const control of CONTROLS) {
    assert.equal(control.minimumBar.length > 0, control.tier === 'minimum-bar', control.id);
    for (const line of control.minimumBar) assert.ok(findMinimumBarLine(line), `${control.id} names line ${line}`);
  }
  for (const line of MINIMUM_BAR.flatMap((group) => group.lines)) {
    assert.ok(controlsOfLine(line.id).length > 0, `nothing carries line ${line.id}`);
  }
});

test('every control can be audited, maps to the Top 10 and names known sources', () => {
  for (const control of CONTROLS) {
    assert.ok(control.audit.length > 0, control.id);
    assert.ok(control.maps.mcpTop10.length > 0, control.id);
    for (const entry of control.maps.mcpTop10) assert.ok(entry >= 1 && entry <= 10, control.id);
    assert.ok(control.sources.length > 0, control.id);
    for (const key of control.sources) assert.ok(sourceOf(key), `${control.id} names the unknown source ${key}`);
  }
});

test('texts are one sentence each, and no two are the same', () => {
  const texts = [...CONTROLS.map((control) => control.need), ...OBLIGATIONS.map((obligation) => obligation.text)];
  for (const text of texts) assert.match(text, /^[A-Z0-9].*[^.]\.$/u);
  assert.equal(new Set(texts).size, 194);
  const titles = CONTROLS.map((control) => control.title);
  for (const title of titles) assert.match(title, /^[A-Z].{5,59}$/u);
  assert.equal(new Set(titles).size, 100);
});

test('obligations are numbered from 1 and every control they name exists', () => {
  OBLIGATIONS.forEach((obligation, index) => {
    assert.equal(obligation.n, index + 1);
    assert.ok(obligation.controls.length > 0, `obligation ${obligation.n}`);
    for (const id of obligation.controls) assert.ok(findControl(id), `obligation ${obligation.n} names ${id}`);
  });
});

test('lookups find by id, line, Top 10 entry and obligation', () => {
  assert.equal(findControl('ARC-02')?.title, 'Browser requests are screened');
  assert.equal(findControl('ARC-99'), undefined);
  assert.equal(findControl('__proto__'), undefined);
  assert.equal(isControlId('PRX-04'), true);
  assert.equal(isControlId('arc-01'), false);
  assert.equal(findMinimumBarLine('6.1'), undefined);
  assert.equal(findObligation(0), undefined);
  assert.equal(findObligation(95), undefined);
  assert.equal(findObligation(12)?.controls.join(), 'ARC-07');
  assert.equal(
    controlsOfLine('1.3')
      .map((control) => control.id)
      .join(),
    'IDN-02,IDN-06,AUZ-01',
  );
  assert.equal(controlsOfTop10(4)[0]?.id, 'TDS-01');
  assert.equal(
    obligationsOf('ELI-01')
      .map((obligation) => obligation.n)
      .join(),
    '69,70,71',
  );
  assert.equal(sourceOf('T10-07'), 'OWASP MCP Top 10 (2025 beta)');
  assert.equal(sourceOf('STX'), undefined);
});

const Shared = z.object({
  minimum_bar: z.array(z.object({ id: z.string(), lines: z.array(z.object({ id: z.string(), text: z.string() })) })),
  controls: z.array(
    z.object({
      id: z.string(),
      tier: z.enum(['MB', 'C', 'A']),
      title: z.string(),
      req: z.string(),
      mb: z.array(z.string()),
      src: z.array(z.string()),
      t10: z.array(z.number()),
      safe: z.array(z.string()),
      aud: z.record(z.string(), z.string()),
    }),
  ),
  spec_obligations: z.array(
    z.object({
      n: z.number(),
      page: z.string(),
      level: z.string(),
      binds: z.array(z.string()),
      text: z.string(),
      controls: z.array(z.string()),
    }),
  ),
});

const tierNames = { MB: 'minimum-bar', C: 'core', A: 'advanced' } as const;
const auditNames = new Map([
  ['S', 'static'],
  ['P', 'probe'],
  ['C', 'config'],
  ['E', 'evidence'],
]);
const boundNames = new Map([
  ['S', 'server'],
  ['G', 'gateway'],
  ['G*', 'gateway-reading-bodies'],
  ['U', 'client'],
  ['A', 'authorization-server'],
]);

test('facts agree with the shared catalogue, and texts are our own', {
  skip: existsSync(shared) ? false : 'the shared catalogue is not beside this checkout',
}, () => {
  const theirs = Shared.parse(JSON.parse(readFileSync(shared, 'utf8')));
  assert.deepEqual(
    CONTROLS.map(({ id, tier, minimumBar, maps, audit, sources }) => ({ id, tier, minimumBar, maps, audit, sources })),
    theirs.controls.map((control) => ({
      id: control.id,
      tier: tierNames[control.tier],
      minimumBar: control.mb,
      maps: { mcpTop10: control.t10, safeMcp: control.safe },
      audit: Object.keys(control.aud).map((kind) => auditNames.get(kind)),
      sources: control.src,
    })),
  );
  assert.deepEqual(
    OBLIGATIONS.map(({ n, page, level, binds, controls }) => ({ n, page, level, binds, controls })),
    theirs.spec_obligations.map(({ n, page, level, binds, controls }) => ({
      n,
      page,
      level,
      binds: binds.map((bound) => boundNames.get(bound)),
      controls,
    })),
  );
  assert.deepEqual(
    MINIMUM_BAR.map((group) => [group.id, ...group.lines.map((line) => line.id)]),
    theirs.minimum_bar.map((group) => [group.id, ...group.lines.map((line) => line.id)]),
  );
  const taken = new Set([
    ...theirs.controls.map((control) => control.req),
    ...theirs.spec_obligations.map((obligation) => obligation.text),
    ...theirs.minimum_bar.flatMap((group) => group.lines.map((line) => line.text)),
  ]);
  const ours = [
    ...CONTROLS.map((control) => control.need),
    ...OBLIGATIONS.map((obligation) => obligation.text),
    ...MINIMUM_BAR.flatMap((group) => group.lines.map((line) => line.text)),
  ];
  assert.deepEqual(
    ours.filter((text) => taken.has(text)),
    [],
  );
});
