/**
 * What suites need besides Node: the program to look for and the Debian package that brings it. Add a line here, and
 * `npm test` installs the package where it may, and else says what to install.
 */
export const packages = [
  { binary: 'postgres', debian: 'postgresql' },
  { binary: 'pg_dump', debian: 'postgresql-client' },
  { binary: 'mariadbd', debian: 'mariadb-server' },
  { binary: 'mariadb-dump', debian: 'mariadb-client' },
  { binary: 'redis-server', debian: 'redis-server' },
  { binary: 'nginx', debian: 'nginx' },
  { binary: 'tinyproxy', debian: 'tinyproxy' },
  { binary: 'curl', debian: 'curl' },
  { binary: 'jq', debian: 'jq' },
  { binary: 'fuser', debian: 'psmisc' },
  { binary: 'sqlite3', debian: 'sqlite3' },
  { binary: 'aws', debian: 'awscli' },
  { binary: 'rclone', debian: 'rclone' },
  { binary: 's3cmd', debian: 's3cmd' },
  { binary: 'python3', debian: 'python3-boto3' },
  { binary: 'openssl', debian: 'openssl' },
  { binary: 'mkfs.ext4', debian: 'e2fsprogs' },
  { binary: 'fsfreeze', debian: 'util-linux' },
  { binary: 'kubectl', debian: 'kubernetes-client' },
  { binary: 'promtool', debian: 'prometheus' },
  { binary: 'chromium', debian: 'chromium' },
];
