import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: 'content-labels',
  title: 'What somebody else wrote says so, with where it comes from and where it ends',
  failureTitle: 'Clients and models cannot tell text of strangers from the words of the server',
  severity: 'medium',
  catalogue: ['PIC-04'],
  references: ['OWASP LLM01:2025', 'Hines et al. 2024: Spotlighting (arXiv 2403.14720)'],
  since: '0.2.0',
  aliases: [],
  insecure: 'insecureWithoutContentLabels',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
