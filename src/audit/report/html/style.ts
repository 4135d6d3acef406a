import { createHash } from 'node:crypto';

/** The style sheet of the report: light and dark, from a phone to paper, no external part. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#16202e;--soft:#4f5c6e;--line:#d9dee6;--accent:#0f5f6b;
--fail:#a3231b;--fail-bg:#fdeceb;--unknown:#6b4a00;--unknown-bg:#fff4d6;--waived:#5b3d99;--waived-bg:#f1ebfd;
--pass:#17663a;--pass-bg:#e6f5ec;--not-applicable:#4f5c6e;--not-applicable-bg:#eef2f5}
@media (prefers-color-scheme:dark){:root{--paper:#0e141b;--card:#161f29;--ink:#e8edf3;--soft:#a3b0bf;--line:#2b3845;
--accent:#5cc4d1;--fail:#ff9a90;--fail-bg:#3a1b19;--unknown:#f0d48a;--unknown-bg:#2d2613;--waived:#c9b3ff;
--waived-bg:#261d3d;--pass:#7fd6a2;--pass-bg:#12301f;--not-applicable:#a3b0bf;--not-applicable-bg:#1f2b37}}
*{box-sizing:border-box}
body{margin:0;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:70rem;margin:0 auto}
h1{font-size:1.375rem;line-height:1.25;margin:0 0 .75rem;font-weight:600}
h2{font-size:1.125rem;margin:2.5rem 0 .25rem}
h3{font-size:.875rem;color:var(--soft);margin:1.25rem 0 .4rem;font-weight:600}
p{margin:0 0 .75rem}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.soft{color:var(--soft)}
.small{font-size:.875rem}
.verdict{border:1px solid var(--line);border-left:.5rem solid var(--soft);border-radius:.75rem;background:var(--card);
padding:1.1rem 1.25rem}
.verdict strong{display:block;font-size:1.375rem;line-height:1.3;margin-bottom:.35rem}
.verdict p:last-child{margin:0}
.verdict.fail{border-left-color:var(--fail)}
.verdict.fail strong{color:var(--fail)}
.verdict.unknown{border-left-color:var(--unknown)}
.verdict.unknown strong{color:var(--unknown)}
.verdict.waived{border-left-color:var(--waived)}
.verdict.waived strong{color:var(--waived)}
.verdict.pass{border-left-color:var(--pass)}
.verdict.pass strong{color:var(--pass)}
nav{margin:1rem 0 0;font-size:.875rem;display:flex;flex-wrap:wrap;gap:.35rem 1rem}
.tag{display:inline-block;border-radius:1rem;padding:.05rem .6rem;font-weight:600;font-size:.8125rem;white-space:nowrap}
.tag.fail,.tag.critical,.tag.high{color:var(--fail);background:var(--fail-bg)}
.tag.unknown,.tag.medium{color:var(--unknown);background:var(--unknown-bg)}
.tag.waived{color:var(--waived);background:var(--waived-bg)}
.tag.pass{color:var(--pass);background:var(--pass-bg)}
.tag.not-applicable,.tag.low,.tag.none{color:var(--not-applicable);background:var(--not-applicable-bg)}
.box{border:1px solid var(--line);border-radius:.6rem;background:var(--card)}
.box>details+details,.box>div+div{border-top:1px solid var(--line)}
.box>div{padding:.6rem .9rem}
summary{cursor:pointer;padding:.6rem .9rem;display:flex;gap:.4rem .75rem;align-items:baseline;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"+";color:var(--soft);width:.7rem;flex:none;font-weight:600}
details[open]>summary::before{content:"-"}
summary .id{flex:none;min-width:3.6rem;color:var(--soft);font-variant-numeric:tabular-nums}
summary .what{flex:1 1 0;min-width:0}
summary .tags{flex:none;display:flex;flex-wrap:wrap;gap:.3rem;justify-content:flex-end}
.in{padding:.1rem .9rem .8rem 2.35rem}
ul{margin:0;padding:0;list-style:none}
.in>ul>li+li{margin-top:.7rem}
.in ul ul{margin:.25rem 0 0;padding-left:.9rem;border-left:2px solid var(--line)}
.why{display:block;color:var(--soft);font-size:.875rem}
.place{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.evidence{display:block;font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--paper);
border-radius:.3rem;padding:.15rem .45rem;margin-top:.15rem;white-space:pre-wrap}
.finding{padding:.9rem 1.1rem}
.finding+.finding{border-top:1px solid var(--line)}
.finding>ul{margin:.5rem 0}
.finding>ul>li{margin:.45rem 0}
.finding h3{color:var(--ink);font-size:1rem;margin:0 0 .2rem;display:flex;flex-wrap:wrap;gap:.2rem .6rem;align-items:baseline}
.mend{border-left:3px solid var(--pass);padding-left:.7rem;margin:.5rem 0}
dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.35rem 1.25rem;margin:0;padding:.9rem 1.1rem}
dt{color:var(--soft)}
dd{margin:0;min-width:0}
@media (max-width:560px){
body{padding:1rem .6rem 3rem}
summary{flex-wrap:wrap}
summary .id{min-width:2.2rem}
summary .what{flex-basis:60%}
summary .tags{flex-basis:100%;justify-content:flex-start;padding-left:1.45rem}
.in{padding-left:1rem}
dl{grid-template-columns:1fr;gap:.1rem}
dd{margin-bottom:.6rem}
}
@media print{
:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#333;--line:#bbb;--accent:#000;
--fail:#8a1c15;--fail-bg:#fff;--unknown:#5a3e00;--unknown-bg:#fff;--waived:#45297f;--waived-bg:#fff;
--pass:#0f4f2b;--pass-bg:#fff;--not-applicable:#333;--not-applicable-bg:#fff}
@page{margin:16mm 14mm}
body{padding:0;font-size:10pt}
main{max-width:none}
nav{display:none}
.tag{border:1px solid currentColor}
details::details-content{content-visibility:visible;display:block;block-size:auto}
summary::before{content:""}
summary,.finding h3,h2,h3{break-after:avoid}
.in>ul>li,.finding>ul>li,.box>div,summary,.verdict,.mend{break-inside:avoid}
h2{margin-top:1.5rem}
a{text-decoration:none}
}
`;

/** What a policy names the style sheet by (CSP Level 3, hash source). */
export const STYLE_HASH: string = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
