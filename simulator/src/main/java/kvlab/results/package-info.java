/** Pages of results: an experiment file's commands, what they left behind, and the text around it. */
@NullMarked
package kvlab.results;

import org.jspecify.annotations.NullMarked;
