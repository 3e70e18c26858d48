-- Two roles: one owns the tables and is used by `weiyou prepare` alone; the other is what the
-- processes are. It reads and writes rows, and cannot change a table or take a trigger away, so
-- that what the audit trail refuses (change, deletion) stays refused to it.
--
--   sudo -u postgres psql -v ON_ERROR_STOP=1 -f deploy/postgresql/roles.sql
--   sudo -u postgres psql -c '\password weiyou_owner'
--
-- The processes come as the system user `weiyou` through the socket, by Debian's own rule
-- `local all all peer`: no password at all. /etc/weiyou/database_url holds
--   postgresql:///weiyou?host=/var/run/postgresql
-- and /etc/weiyou/owner_database_url
--   postgresql://weiyou_owner:…@127.0.0.1/weiyou
CREATE ROLE weiyou_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 5;
CREATE ROLE weiyou LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;

CREATE DATABASE weiyou OWNER weiyou_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE weiyou FROM PUBLIC;
GRANT CONNECT ON DATABASE weiyou TO weiyou;
ALTER ROLE weiyou IN DATABASE weiyou SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE weiyou IN DATABASE weiyou SET statement_timeout = '60s';

\connect weiyou
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO weiyou_owner;
GRANT USAGE ON SCHEMA public TO weiyou;
ALTER DEFAULT PRIVILEGES FOR ROLE weiyou_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO weiyou;
ALTER DEFAULT PRIVILEGES FOR ROLE weiyou_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO weiyou;
