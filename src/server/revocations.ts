/** Where the ids of principals are told whose tokens are refused from now on. */
export const REVOCATIONS = 'revocations';
