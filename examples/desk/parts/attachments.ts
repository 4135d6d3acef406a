import * as z from 'zod';
import { arg, exec, files, PublicError, tool, type Tool } from '../../../src/index.ts';
import { TicketId } from './fields.ts';

/**
 * A PDF is a hostile format: it is parsed by a program in a sandbox of its own, which gets the bytes and nothing else. The
 * name of the file is the model's, so it goes to `files` and never to the program.
 */
export const readAttachment: Tool = tool({
  name: 'read_attachment',
  description: 'Read a page of a PDF that a customer attached to a ticket.',
  input: z.strictObject({
    ticket: TicketId,
    file: z.string().min(1).max(120),
    page: z.int().min(1).max(500),
    password: z.string().min(1).max(64).optional(),
  }),
  output: z.strictObject({ text: z.string().max(20_000) }),
  scope: 'desk:read',
  effect: 'read',
  needs: {
    attachments: files('attachments', 'read', { maxFileBytes: 5_000_000 }),
    pdf: exec('pdftotext', [
      '-q',
      '-nopgbrk',
      arg.option('-f', 'first', arg.integer({ min: 1, max: 500 })),
      arg.option('-l', 'last', arg.integer({ min: 1, max: 500 })),
      arg.option('-upw', 'password', arg.text({ maxLength: 64 }), { optional: true }),
      arg.positional('document', arg.inputFile({ maxBytes: 5_000_000, suffix: '.pdf' })),
      '-',
    ]),
  },
  flow: { gives: ['untrusted'] },
  record: { ticket: 'clear' },
  samples: [{ ticket: 'tic-1', file: 'invoice.pdf', page: 1 }],
  untrusted: ['file'],
  authorize: () => true,
  async run({ ticket, file, page, password }, { attachments, pdf }) {
    const { bytes, mimeType } = await attachments.read(`${ticket}/${file}`);
    if (mimeType !== 'application/pdf') throw new PublicError('The attachment is no PDF.');
    const known = password === undefined ? {} : { password };
    const { stdout } = await pdf.run({ first: page, last: page, document: bytes, ...known });
    return { text: stdout.slice(0, 20_000) };
  },
});
