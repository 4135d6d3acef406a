import { hash } from 'node:crypto';

/** The style sheet of the pages: light and dark, from a phone to a wide screen, no external part. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#16202e;--soft:#4f5c6e;--line:#d9dee6;--accent:#0f5f6b;
--on-accent:#fff;--warn:#fff6dd;--warn-ink:#5f4200;--warn-line:#ecd59a;--bad:#a3231b;--good:#17663a;--chip:#eef2f5}
@media (prefers-color-scheme:dark){:root{--paper:#0e141b;--card:#161f29;--ink:#e8edf3;--soft:#a3b0bf;--line:#2b3845;
--accent:#5cc4d1;--on-accent:#06262b;--warn:#2d2613;--warn-ink:#f0d48a;--warn-line:#5c4a1a;--bad:#ff9a90;--good:#7fd6a2;
--chip:#1f2b37}}
*{box-sizing:border-box}
body{margin:0;padding:2rem 1rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:46rem;margin:0 auto;background:var(--card);border:1px solid var(--line);border-radius:1rem;
padding:clamp(1.25rem,4vw,2.25rem);box-shadow:0 12px 40px rgb(10 20 35/.08)}
header{display:flex;align-items:center;flex-wrap:wrap;gap:.6rem;margin-bottom:1.5rem;color:var(--soft);font-size:.875rem}
header svg{width:1.6rem;height:1.6rem;color:var(--accent);flex:none}
header .who{margin-left:auto;display:flex;align-items:center;gap:.75rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:.8125rem;font-weight:600;color:var(--soft);margin:1.75rem 0 .5rem}
p{margin:0 0 1rem}
.soft{color:var(--soft)}
.mono,code,pre{font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
dl.facts{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.4rem 1.25rem;margin:0;font-size:.9375rem}
dl.facts dt{color:var(--soft)}
dl.facts dd{margin:0;overflow-wrap:anywhere;min-width:0}
dl.args{margin:0;border:1px solid var(--line);border-radius:.6rem;overflow:hidden}
dl.args div{padding:.65rem .9rem}
dl.args div+div{border-top:1px solid var(--line)}
dl.args dt{font-weight:600;font-size:.875rem;overflow-wrap:anywhere}
dl.args dd{margin:.15rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;max-height:24rem;overflow:auto}
.effect{display:inline-block;border:1px solid var(--warn-line);background:var(--warn);color:var(--warn-ink);
border-radius:1rem;padding:.05rem .7rem;font-weight:600;font-size:.8125rem}
ul.why{margin:0;padding-left:1.2rem}
ul.why li{margin:.15rem 0}
.note{border:1px solid var(--warn-line);background:var(--warn);color:var(--warn-ink);border-radius:.6rem;
padding:.75rem .95rem;font-size:.9375rem}
.done{border:1px solid var(--line);border-radius:.6rem;padding:.9rem 1.1rem;margin:0 0 1rem;font-weight:600}
.done.good{color:var(--good)}
.done.bad{color:var(--bad)}
label{display:block;font-size:.875rem;font-weight:600}
textarea{display:block;width:100%;font:inherit;margin-top:.25rem;padding:.55rem .7rem;border:1px solid var(--soft);
border-radius:.5rem;background:var(--paper);color:var(--ink);resize:vertical}
button{font:inherit;font-weight:600;padding:.7rem 1.2rem;border-radius:.5rem;border:1px solid var(--soft);
background:transparent;color:var(--ink);cursor:pointer}
button.go{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button.link{border:0;padding:0;font-weight:400;font-size:.875rem;color:var(--accent);text-decoration:underline}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.row{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0 0}
.row button{flex:1 1 12rem}
form{margin:0}
form.decide p{margin-top:.75rem}
form.decide{margin-top:1.75rem;padding-top:1.5rem;border-top:1px solid var(--line)}
details{margin-top:1.25rem;font-size:.9375rem}
summary{cursor:pointer;color:var(--soft)}
details dl{margin-top:.75rem}
ul.list{list-style:none;margin:0;padding:0;border:1px solid var(--line);border-radius:.6rem}
ul.list li{padding:.75rem .95rem}
ul.list li+li{border-top:1px solid var(--line)}
ul.list a{font-weight:600;overflow-wrap:anywhere}
ul.list span{display:block;font-size:.875rem;color:var(--soft);overflow-wrap:anywhere}
`;

/** The source expression that lets exactly this style sheet through a content security policy. */
export const STYLE_SOURCE: string = `'sha256-${hash('sha256', STYLE, 'base64')}'`;
