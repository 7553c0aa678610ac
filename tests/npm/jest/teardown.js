module.exports = () => globalThis.closeSigver();
