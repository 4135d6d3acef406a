import { html } from 'hono/html';
import { COSAI_LEVELS, type CosaiLevel } from '../../../catalogue/cosai.ts';
import { FAMILIES } from '../../../catalogue/controls.ts';
import { AISVS_C10, MCP_TOP10, NSA_RECOMMENDATIONS, type Demand } from '../../../catalogue/demands.ts';
import { controlsOfLine } from '../../../catalogue/index.ts';
import { MINIMUM_BAR } from '../../../catalogue/minimum-bar.ts';
import type { ControlVerdict, Status } from '../../model.ts';
import { joined } from '../../verdicts.ts';
import { askedWith, levelsOf, type DimensionLevel } from '../levels.ts';
import { plain } from '../plain.ts';
import { countText } from '../standing.ts';
import { controlList, opening, statusTag, type Markup, type View } from './parts.ts';

/** The OWASP minimum bar: fifteen lines in five groups. */
export function barSection(view: View): Markup {
  const groups = MINIMUM_BAR.map(
    ({ title, lines }) => html`<h3>${title}</h3>
<div class="box">${lines.map((line) => demand(view, { ...line, title: line.text, controls: controlsOfLine(line.id).map(({ id }) => id) }))}</div>
`,
  );
  return html`<h2 id="bar">OWASP minimum bar</h2>
<p class="soft">What a server has to meet before it may be called secure at all. A line holds when every control behind it does.</p>
${groups}`;
}

/** The lists of demands that a reviewer answers to beside the minimum bar and CoSAI's levels. */
export function top10Section(view: View): Markup {
  return section(view, 'top10', 'OWASP MCP Top 10 (2025)', MCP_TOP10);
}

/** See `AISVS_C10`. */
export function aisvsSection(view: View): Markup {
  return section(view, 'aisvs', 'OWASP AISVS 1.0, chapter C10: MCP', AISVS_C10);
}

/** See `NSA_RECOMMENDATIONS`. */
export function nsaSection(view: View): Markup {
  return section(view, 'nsa', 'Recommendations of the NSA (May 2026)', NSA_RECOMMENDATIONS);
}

function section(view: View, id: string, title: string, demands: readonly Demand[]): Markup {
  const statuses = demands.map(({ controls }) => ({ status: statusOf(view, controls) }));
  return html`<h2 id="${id}">${title}</h2>
<p class="soft">${countText(statuses)}, of ${demands.length}; said in our words.</p>
<div class="box">${demands.map((each) => demand(view, each))}</div>
`;
}

function demand(view: View, { id, title, controls }: Demand): Markup {
  return opening(id, title, statusTag(statusOf(view, controls)), controlList(view, controls));
}

function statusOf({ byControl }: View, controls: readonly Demand['controls'][number][]): Status {
  return joined(controls.map((control) => byControl.get(control)?.status ?? 'unknown'));
}

/** The level of CoSAI that each dimension reaches, and what keeps it from the next. */
export function cosaiSection(view: View): Markup {
  const { verdicts } = view.report;
  const levels = levelsOf(verdicts);
  const asked = (status: Status): number => askedWith(levels, verdicts, status);
  return html`<h2 id="cosai">CoSAI level</h2>
<p class="soft">A level is reached when no control of it or of one below fails, is unknown or is waived. Of the controls that the levels ask for ${asked('fail')} fail, ${asked('unknown')} are unknown, ${asked('waived')} are waived.</p>
<div class="box">${levels.map((each) => dimensionRow(view, each))}</div>
`;
}

function dimensionRow(view: View, { dimension, reached, highest, held }: DimensionLevel): Markup {
  const numbers = [...COSAI_LEVELS.keys()].filter((level) => level <= highest);
  const cells = numbers.map(
    (level) => html`<span class="tag ${cellStatus(view, dimension.controls, level)}">L${level}</span>`,
  );
  const told = reached === 0 ? 'no level yet' : `level ${reached}, ${COSAI_LEVELS.get(reached) ?? ''}`;
  const beyond = held.length === 0 ? '' : `; held back by ${held.map(({ control }) => control).join(', ')}`;
  const parts = numbers.map((level) => {
    const own = dimension.controls.filter((control) => control.level === level).map(({ id }) => id);
    return html`<h3>Level ${level}, ${COSAI_LEVELS.get(level) ?? ''}</h3>${
      own.length === 0
        ? html`<p class="soft small">No control of the catalogue is asked for here.</p>`
        : controlList(view, own)
    }`;
  });
  const what = html`${dimension.title} <span class="why">${told}${beyond}</span>`;
  return opening('', what, html`${cells}`, html`${parts}`);
}

function cellStatus({ byControl }: View, controls: DimensionLevel['dimension']['controls'], level: CosaiLevel): string {
  const own = controls
    .filter((control) => control.level === level)
    .flatMap(({ id }) => byControl.get(id)?.status ?? []);
  return own.length === 0 ? 'none' : joined(own);
}

/** All controls, family by family. */
export function controlsSection(view: View): Markup {
  const families = FAMILIES.map(({ key, title, controls }) => {
    const verdicts = controls.flatMap(({ id }) => view.byControl.get(id) ?? []);
    const status = joined(verdicts.map((each: ControlVerdict) => each.status));
    const what = html`${title} <span class="why">${countText(verdicts)}</span>`;
    return opening(
      key,
      what,
      statusTag(status),
      controlList(
        view,
        controls.map(({ id }) => id),
      ),
    );
  });
  return html`<h2 id="controls">All ${view.report.verdicts.length} controls</h2>
<p class="soft">${countText(view.report.verdicts)}. What is unknown was not looked at, or no rule can tell; it never counts as holding.</p>
<div class="box">${families}</div>
`;
}

/** What could not be read. */
export function unreadSection({ report }: View): Markup {
  const rows = report.unread.map(
    ({ file, why }) =>
      html`<div><bdi class="place">${plain(file)}</bdi><span class="why"><bdi>${plain(why)}</bdi></span></div>`,
  );
  const told = rows.length === 0 ? html`<div>Everything that was found could be read.</div>` : html`${rows}`;
  return html`<h2 id="unread">What was not read</h2>
<p class="soft">Beside what could not be read no rule passes.</p>
<div class="box">${told}</div>
`;
}
