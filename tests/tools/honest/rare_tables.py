"""Objects of less common libraries for tables, series and search.

Each maker yields (name, object), or (name, lambda that writes to a path). Runs on Python 3.6 and newer.
"""
import importlib


def make_hmmlearn():
    import numpy as np
    from hmmlearn import hmm
    x = np.random.rand(60, 2)
    yield "gaussian", hmm.GaussianHMM(2).fit(x)
    yield "mixture", hmm.GMMHMM(2, 2).fit(x)


def make_pmdarima():
    import numpy as np
    import pmdarima
    yield "arima", pmdarima.ARIMA((1, 0, 0)).fit(np.random.rand(50))


def make_mlxtend():
    import numpy as np
    from mlxtend.classifier import EnsembleVoteClassifier, LogisticRegression, StackingClassifier
    from mlxtend.preprocessing import TransactionEncoder
    from sklearn.tree import DecisionTreeClassifier
    x, y = np.random.rand(40, 3), np.arange(40) % 2
    yield "encoder", TransactionEncoder().fit([["a", "b"], ["b"]])
    yield "logistic", LogisticRegression(epochs=3).fit(x, y)
    yield "vote", EnsembleVoteClassifier([DecisionTreeClassifier(), DecisionTreeClassifier()]).fit(x, y)
    yield "stacking", StackingClassifier([DecisionTreeClassifier()], DecisionTreeClassifier()).fit(x, y)


def make_kmodes():
    import numpy as np
    from kmodes.kmodes import KModes
    from kmodes.kprototypes import KPrototypes
    x = np.random.randint(0, 3, (40, 3))
    yield "modes", KModes(2).fit(x)
    yield "prototypes", KPrototypes(2).fit(x.astype(object), categorical=[2])


def make_pyod():
    import numpy as np
    x = np.random.rand(60, 3)
    for module, name in (("iforest", "IForest"), ("knn", "KNN"), ("lof", "LOF"), ("pca", "PCA"), ("hbos", "HBOS"), ("ecod", "ECOD"), ("copod", "COPOD"), ("ocsvm", "OCSVM"), ("mcd", "MCD")):
        yield name, getattr(importlib.import_module("pyod.models." + module), name)().fit(x)


def make_tslearn():
    import numpy as np
    from tslearn.clustering import TimeSeriesKMeans
    from tslearn.preprocessing import TimeSeriesScalerMeanVariance
    x = np.random.rand(10, 8, 1)
    yield "kmeans", TimeSeriesKMeans(2, max_iter=2).fit(x)
    yield "scaler", TimeSeriesScalerMeanVariance().fit(x)


def make_mapie():
    import numpy as np
    from mapie.regression import MapieRegressor
    yield "regressor", MapieRegressor(cv=3).fit(np.random.rand(40, 3), np.random.rand(40))


def make_skopt():
    import skopt
    from skopt import space
    yield "space", [space.Real(0, 1), space.Integer(0, 3), space.Categorical(["a", "b"])]
    optimizer = skopt.Optimizer([(0.0, 1.0)], n_initial_points=2)
    for value in (0.1, 0.5, 0.9):
        optimizer.tell([value], value)
    yield "optimizer", optimizer


def make_ngboost():
    import ngboost
    import numpy as np
    yield "regressor", ngboost.NGBRegressor(n_estimators=3, verbose=False).fit(np.random.rand(60, 3), np.random.rand(60))
    yield "classifier", ngboost.NGBClassifier(n_estimators=3, verbose=False).fit(np.random.rand(60, 3), np.arange(60) % 2)


def make_pygam():
    import numpy as np
    import pygam
    yield "linear", pygam.LinearGAM(n_splines=5).fit(np.random.rand(60, 2), np.random.rand(60))
    yield "logistic", pygam.LogisticGAM(n_splines=5).fit(np.random.rand(60, 2), np.arange(60) % 2)


def make_sktime():
    import pandas as pd
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.forecasting.trend import TrendForecaster
    from sktime.transformations.series.detrend import Detrender
    series = pd.Series(range(20), index=pd.period_range("2020", periods=20, freq="M"), dtype=float)
    yield "naive", NaiveForecaster().fit(series)
    yield "trend", TrendForecaster().fit(series)
    yield "detrend", Detrender().fit(series)


def make_river():
    from river import compose, linear_model, naive_bayes, preprocessing, tree
    model = compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    for i in range(20):
        model.learn_one({"a": i, "b": i % 3}, i % 2 == 0)
    yield "pipeline", model
    forest = tree.HoeffdingTreeClassifier()
    for i in range(50):
        forest.learn_one({"a": i, "b": i % 3}, i % 2 == 0)
    yield "hoeffding", forest
    yield "bayes", naive_bayes.GaussianNB()


def make_optuna():
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    yield "study", study
    yield "sampler", optuna.samplers.TPESampler()
    yield "pruner", optuna.pruners.MedianPruner()


def make_deap():
    from deap import base, gp, tools
    yield "fame", tools.HallOfFame(3)
    yield "logbook", tools.Logbook()
    yield "statistics", tools.ParetoFront()


def make_sympy():
    import sympy
    x, y = sympy.symbols("x y")
    yield "expression", sympy.sin(x) ** 2 + y / 3
    yield "matrix", sympy.Matrix([[1, x], [y, 2]])


def make_shapely():
    import shapely.geometry
    yield "geometry", [shapely.geometry.Point(0, 1), shapely.geometry.Polygon([(0, 0), (1, 0), (1, 1)])]


def make_xarray():
    import numpy as np
    import xarray
    yield "array", xarray.DataArray(np.ones((2, 3)), dims=("a", "b"))
    yield "dataset", xarray.Dataset({"v": ("a", np.ones(3))})


def make_pgmpy():
    from pgmpy.factors.discrete import TabularCPD
    try:
        from pgmpy.models import DiscreteBayesianNetwork as Network
    except ImportError:
        from pgmpy.models import BayesianNetwork as Network
    model = Network([("A", "B")])
    model.add_cpds(TabularCPD("A", 2, [[0.5], [0.5]]), TabularCPD("B", 2, [[0.1, 0.2], [0.9, 0.8]], ["A"], [2]))
    yield "network", model


def make_bayes_opt():
    from bayes_opt import BayesianOptimization
    yield "optimizer", BayesianOptimization(f=None, pbounds={"x": (0, 1)}, verbose=0)
