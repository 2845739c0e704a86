package kvlab;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import kvlab.kv.KvAllocator;
import kvlab.kv.PageTable;
import kvlab.workload.InputException;

/** The arrows between the packages. An arrow that is not here is not allowed. */
@AnalyzeClasses(packages = "kvlab", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String[] CORE = {
    "kvlab.kv..",
    "kvlab.step..",
    "kvlab.sched..",
    "kvlab.design..",
    "kvlab.metrics..",
    "kvlab.engine.."
  };

  @ArchTest
  static final ArchRule arrows = layeredArchitecture()
      .consideringOnlyDependenciesInLayers()
      .layer("workload")
      .definedBy("kvlab.workload..")
      .layer("kv")
      .definedBy("kvlab.kv..")
      .layer("step")
      .definedBy("kvlab.step..")
      .layer("sched")
      .definedBy("kvlab.sched..")
      .layer("design")
      .definedBy("kvlab.design..")
      .layer("metrics")
      .definedBy("kvlab.metrics..")
      .layer("engine")
      .definedBy("kvlab.engine..")
      .layer("capacity")
      .definedBy("kvlab.capacity..")
      .layer("study")
      .definedBy("kvlab.study..")
      .layer("calibrate")
      .definedBy("kvlab.calibrate..")
      .layer("validate")
      .definedBy("kvlab.validate..")
      .layer("report")
      .definedBy("kvlab.report..")
      .layer("plan")
      .definedBy("kvlab.plan..")
      .layer("results")
      .definedBy("kvlab.results..")
      .layer("cli")
      .definedBy("kvlab.cli..")
      .whereLayer("workload")
      .mayNotAccessAnyLayer()
      .whereLayer("kv")
      .mayNotAccessAnyLayer()
      .whereLayer("step")
      .mayOnlyAccessLayers("kv")
      .whereLayer("sched")
      .mayOnlyAccessLayers("kv", "step", "workload")
      .whereLayer("design")
      .mayOnlyAccessLayers("kv", "step", "sched", "workload")
      .whereLayer("metrics")
      .mayOnlyAccessLayers("kv", "step", "sched")
      .whereLayer("engine")
      .mayOnlyAccessLayers("kv", "step", "sched", "design", "metrics", "workload")
      .whereLayer("capacity")
      .mayOnlyAccessLayers("workload")
      .whereLayer("calibrate")
      .mayOnlyBeAccessedByLayers("cli")
      .whereLayer("plan")
      .mayOnlyBeAccessedByLayers("cli")
      .whereLayer("report")
      .mayOnlyAccessLayers("workload")
      .whereLayer("results")
      .mayOnlyAccessLayers("workload")
      .whereLayer("cli")
      .mayNotBeAccessedByAnyLayer();

  /** Control code sees a request as a server does: no trace, so no output length. */
  @ArchTest
  static final ArchRule controlCodeCannotSeeOutputLengths = noClasses()
      .that()
      .resideInAnyPackage("kvlab.kv..", "kvlab.step..", "kvlab.sched..", "kvlab.design..")
      .should()
      .dependOnClassesThat(describe(
          "are of the workload but its exception",
          type -> type.getPackageName().startsWith("kvlab.workload")
              && !type.isEquivalentTo(InputException.class)));

  @ArchTest
  static final ArchRule theCoreDependsOnNothingButTheJdk = classes()
      .that()
      .resideInAnyPackage(CORE)
      .should()
      .onlyDependOnClassesThat()
      .resideInAnyPackage("java..", "kvlab..", "org.jspecify.annotations..");

  /** The table is public so that anyone can write an allocator; nothing else may write it. */
  @ArchTest
  static final ArchRule onlyAllocatorsWriteThePageTable = noClasses()
      .that()
      .areNotAssignableTo(KvAllocator.class)
      .should()
      .callMethodWhere(describe(
          "writes the page table",
          call -> call.getTargetOwner().isEquivalentTo(PageTable.class)
              && Set.of("append", "appendRun", "share", "removeLast", "clear", "withhold")
                  .contains(call.getName())
              && !call.getOriginOwner().isEquivalentTo(PageTable.class)));

  @ArchTest
  static final ArchRule onlyChartsKnowTheChartLibraries = noClasses()
      .that()
      .resideOutsideOfPackage("kvlab.report..")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("org.knowm..", "de.erichseifert..", "tech.tablesaw..", "java.awt..");

  @ArchTest
  static final ArchRule onlyTheCommandLineKnowsPicocli = noClasses()
      .that()
      .resideOutsideOfPackage("kvlab.cli..")
      .should()
      .dependOnClassesThat()
      .resideInAPackage("picocli..");

  /** The device backend plugs in through service providers; the simulator does not know it. */
  @ArchTest
  static final ArchRule theSimulatorKnowsNoDevice = noClasses()
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("kvlab.gpu..", "jcuda..", "com.sun.jna..");
}
