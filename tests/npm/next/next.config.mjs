/** Next would take the folder above for the project, as far as it finds a lock file there. */
export default { turbopack: { root: import.meta.dirname } };
