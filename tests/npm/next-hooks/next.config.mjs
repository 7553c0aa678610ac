/** Next would take the folder above for the project, as far as it finds a lock file there. */
export default { reactStrictMode: true, turbopack: { root: import.meta.dirname } };
