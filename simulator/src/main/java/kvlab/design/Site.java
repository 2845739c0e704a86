package kvlab.design;

/**
 * Where a design is to serve: what the defaults of serving engines depend on.
 *
 * @param gpu catalogue name of the GPU
 * @param gpuMemoryBytes its memory
 * @param maxModelTokens the longest sequence to be served, prompt and output
 */
public record Site(String gpu, long gpuMemoryBytes, int maxModelTokens) {}
