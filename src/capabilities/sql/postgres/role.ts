import type { Profile } from '../../../pipeline/settings.ts';
import type { SqlRow } from '../access.ts';

/** What the role of a source may do. */
export interface RoleFacts {
  readonly name: string;
  readonly superuser: boolean;
  /** Rights beyond rows: making roles or databases, replication, passing row security, files and programs of the server. */
  readonly powers: readonly string[];
  /** Tables that it may change, at most 100 are counted. */
  readonly writable: number;
  /** Tables that it owns: it may change their rights and drop them. */
  readonly owned: number;
}

/** Asks for the facts, as one row of text columns. */
export const ROLE_QUERY = `
  select r.rolname::text as name, r.rolsuper as superuser,
    pg_catalog.concat_ws(',',
      case when r.rolcreaterole then 'CREATEROLE' end, case when r.rolcreatedb then 'CREATEDB' end,
      case when r.rolreplication then 'REPLICATION' end, case when r.rolbypassrls then 'BYPASSRLS' end,
      (select pg_catalog.string_agg(g.rolname, ',') from pg_catalog.pg_roles g
        where g.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_write_all_data')
          and pg_catalog.pg_has_role(r.oid, g.oid, 'member'))) as powers,
    (select count(*) from (select 1 from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        and pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
        and pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') limit 100) as w) as writable,
    (select count(*) from (select 1 from pg_catalog.pg_class c
      where c.relowner = r.oid and c.relkind in ('r', 'p') limit 100) as o) as owned
  from pg_catalog.pg_roles r where r.rolname = current_user`;

/** Reads the row of `ROLE_QUERY`. */
export function readRole(row: SqlRow | undefined): RoleFacts {
  return {
    name: textOf(row?.['name']),
    superuser: row?.['superuser'] !== false,
    powers: textOf(row?.['powers'])
      .split(',')
      .filter((power) => power !== ''),
    writable: Number(row?.['writable'] ?? 0),
    owned: Number(row?.['owned'] ?? 0),
  };
}

function textOf(value: SqlRow[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}

/**
 * What is wrong with the role of a source, one line each, for the operator's log.
 * @throws TypeError in production for a role that can do more than rows: no statement of a handler would be confined.
 */
export function judgeRole(
  source: string,
  access: 'read' | 'write',
  role: RoleFacts,
  profile: Profile,
): readonly string[] {
  const where = `sources.${source}.postgres.user`;
  const lines: string[] = [];
  if (role.superuser) lines.push(`${where}: "${role.name}" is a superuser. Make a role with the rights that it needs.`);
  if (role.powers.length > 0)
    lines.push(`${where}: "${role.name}" has ${role.powers.join(', ')}, which no tool needs. Take it away.`);
  const [refused] = lines;
  if (refused !== undefined && profile === 'production') throw new TypeError(refused);
  if (role.superuser) return lines;
  if (access === 'read' && role.writable > 0) {
    lines.push(`${where}: tools read here, and "${role.name}" may change ${role.writable} tables. Grant select alone.`);
  }
  if (role.owned > 0) lines.push(`${where}: "${role.name}" owns ${role.owned} tables. Let another role own them.`);
  return lines;
}
