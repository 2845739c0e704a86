package kvlab.study;

import java.util.List;
import kvlab.design.Design;
import kvlab.design.Options;
import kvlab.kv.Pool;
import kvlab.metrics.Latency;
import kvlab.metrics.Outcome;
import kvlab.metrics.Row;
import kvlab.metrics.Timeline;
import kvlab.metrics.Waste;

/**
 * What one design made of the trace.
 *
 * @param options the values that were in force
 * @param summary its row of the summary
 * @param replicas a row for each server of a fleet; none for a single one
 * @param stepTimeRemark what a reader has to know of the step times; empty for nothing
 */
public record DesignResult(
    Design design,
    Options options,
    Pool pool,
    Row summary,
    Outcome outcome,
    Waste waste,
    Latency latency,
    Timeline timeline,
    List<Row> replicas,
    String stepTimeRemark) {}
