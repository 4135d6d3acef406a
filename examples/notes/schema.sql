create table if not exists notes (
  id text primary key,
  owner text not null,
  title text not null,
  body text not null,
  created text not null
) strict;
create index if not exists notes_by_owner on notes (owner, created);
