"""The environments in which honest pickles are made.

What of them is held out, and by which rule, is told in honest_pickles.py.
"""

# Name, Python, packages, libraries whose makers are run (write.py).
ENVIRONMENTS = [
    ("sklearn-0.20", "3.6", "scikit-learn==0.20.4 numpy==1.14.6 pandas==0.23.4 scipy==1.2.3 joblib==0.11 xgboost==0.90 statsmodels==0.10.2",
     "python several numpy scipy pandas sklearn xgboost statsmodels"),
    ("sklearn-0.22", "3.7", "scikit-learn==0.22.2.post1 numpy==1.18.5 pandas==1.0.5 scipy==1.4.1 joblib==0.14.1 xgboost==1.0.2 lightgbm==2.3.1 statsmodels==0.11.1",
     "numpy scipy pandas sklearn xgboost lightgbm statsmodels"),
    ("sklearn-0.23", "3.8", "scikit-learn==0.23.1 numpy==1.17.5 pandas==1.0.3 scipy==1.3.3 xgboost==1.3.3 lightgbm==3.2.1 statsmodels==0.12.0 joblib==0.16.0 "
     "nltk==3.8 lifelines==0.26.0", "numpy scipy pandas sklearn xgboost lightgbm statsmodels nltk lifelines"),
    ("sklearn-1.1", "3.9", "scikit-learn==1.1.3 numpy==1.21.6 pandas==1.4.4 scipy==1.8.1 joblib==1.1.1 xgboost==1.5.2 lightgbm==3.3.2 statsmodels==0.13.2 "
     "imbalanced-learn==0.9.1 category-encoders==2.5.0 feature-engine==1.4.0 catboost==1.0.4 gensim==4.1.2",
     "numpy scipy pandas sklearn xgboost lightgbm statsmodels category_encoders feature_engine catboost gensim"),
    ("sklearn-1.4", "3.10", "scikit-learn==1.4.2 numpy==1.25.2 pandas==2.1.4 scipy==1.12.0 joblib==1.3.2 xgboost==2.0.0 lightgbm==4.3.0 statsmodels==0.14.1 "
     "imbalanced-learn==0.12.0", "numpy scipy pandas sklearn xgboost lightgbm statsmodels own"),
    ("sklearn-1.9", "3.12", "scikit-learn==1.9.1 numpy==2.5.5 pandas==3.1.1 scipy==1.18.1 joblib==1.6.0 xgboost==3.4.1 lightgbm==4.7.0 statsmodels==0.15.0 "
     "imbalanced-learn==0.14.2 category-encoders==2.11.2 feature-engine==1.9.4 catboost==1.2.10",
     "python several numpy scipy pandas sklearn imblearn xgboost lightgbm statsmodels category_encoders feature_engine catboost own"),
    ("others-3.10", "3.10", "hmmlearn==0.3.3 pmdarima==2.1.1 mlxtend==0.23.4 kmodes==0.12.2 pyod==3.6.7 tslearn==0.9.0 mapie==0.8.3 scikit-optimize==0.10.2 "
     "ngboost==0.5.4 pygam==0.12.0 sktime==0.29.0 numpy==1.26.4", "hmmlearn pmdarima mlxtend kmodes pyod tslearn mapie skopt ngboost pygam sktime"),
    ("others-3.11", "3.11", "river==0.26.1 optuna==5.0.0 deap==1.4.4 rank-bm25==0.2.2 sympy==1.14.0 shapely==2.2.0 xarray==2026.9.0 pgmpy==0.1.26 "
     "bayesian-optimization==3.4.0 sacremoses==0.2.0 textblob==0.20.1 scikit-learn==1.7.2 pandas==2.3.3 numpy==2.3.3 scipy==1.16.2",
     "river optuna deap rank_bm25 sympy shapely xarray pgmpy bayes_opt sacremoses textblob sklearn pandas numpy scipy"),
    ("words-3.10", "3.10", "keras-preprocessing==1.1.2 omegaconf==2.4.0 easydict==1.14 addict==2.4.0 munch==4.0.0 python-box==7.4.1 ml-collections==1.1.0 yacs==0.1.8 "
     "spacy==3.4.4 networkx==3.0 pillow==10.4.0 gensim==4.3.0 nltk==3.9.2 pyannote.core==5.0.0 lifelines==0.27.4 sklearn-crfsuite==0.5.0 shap==0.43.0 "
     "hdbscan==0.8.36 cloudpickle==3.1.3 dill==0.3.8 numpy==1.26.4 scipy==1.11.4",
     "keras omegaconf configs spacy networkx pillow gensim nltk pyannote sklearn_crfsuite shap hdbscan cloudpickle dill"),
    ("torch-1.12", "3.8", "torch==1.12.1 torchvision==0.13.1 transformers==4.28.1 pytorch-lightning==1.7.7 timm==0.6.11 fastai==2.7.10 skorch==0.12.1 torchmetrics==0.10.3 "
     "pytorch-tabnet==4.0 tokenizers numpy==1.23.5 scikit-learn==1.1.3 speechbrain==0.5.14",
     "torch torchvision transformers tokenizers pytorch_lightning timm fastai skorch torchmetrics pytorch_tabnet speechbrain"),
    ("torch-2.3", "3.10", "torch==2.3.1 torchvision==0.18.1 transformers==4.44.2 accelerate==0.30.1 diffusers==0.27.2 peft==0.11.1 trl==0.8.6 lightning==2.3.3 timm==1.0.3 "
     "ultralytics==8.2.80 skorch==1.0.0 stable-baselines3==2.3.0 sentence-transformers==3.2.1 torch-geometric==2.4.0 monai==1.3.0 datasets==2.16.1 numpy==1.26.4 "
     "torchmetrics==1.4.0 spacy==3.7.4", "torch torchvision transformers tokenizers accelerate peft trl lightning timm ultralytics skorch stable_baselines3 "
     "sentence_transformers torch_geometric monai datasets torchmetrics spacy"),
    ("torch-2.6", "3.11", "torch==2.6.0 torchvision==0.21.0 transformers==4.49.0 accelerate==1.3.0 diffusers==0.31.0 peft==0.14.0 trl==0.15.2 lightning==2.2.5 "
     "pytorch-lightning==2.2.5 timm==1.0.9 ultralytics==8.3.100 skorch==0.15.0 sentence-transformers==3.4.1 torch-geometric==2.5.3 datasets==3.1.0 numpy==1.26.4",
     "torch torchvision transformers tokenizers accelerate diffusers peft trl lightning pytorch_lightning timm ultralytics torch_geometric"),
    # Libraries of which nothing was read.
    ("unread-3.11", "3.11",
     "scikit-survival==0.26.0 scikit-lego==0.9.10 prince==0.23.0 scikit-multilearn==0.2.0 imodels==3.0.4 arch==8.0.0 filterpy==2.0.0 "
     "pykalman==0.11.2 cma==4.5.0 pymoo==0.6.2 nevergrad==1.0.12 ConfigSpace==1.2.2 emcee==3.1.6 copulas==0.14.1 implicit==0.7.3 "
     "symspellpy==6.10.1 bm25s==0.3.16 yake==0.7.3 textdistance==4.6.3 snowballstemmer==3.1.1 astropy==8.0.2 pint==0.25.3 uncertainties==3.2.3 "
     "biopython==1.88 ase==3.29.0 chess==1.10.0 treelib==1.8.0 anytree==2.13.0 intervaltree==3.2.1 bidict==0.24.1 pyrsistent==0.20.0 "
     "pendulum==3.3.0 arrow==1.4.0 trimesh==5.2.0 scikit-image==0.26.0 simpy==4.1.2 sparse==0.19.3 polars==2.1.0 faiss-cpu==1.15.1 igraph==1.0.0 "
     "pyphen==0.18.1 bitarray==3.12.3 boltons==26.2.0 portion==2.6.3 mido==1.3.3 pretty_midi==0.2.11.post0 lifetimes==0.11.3 scikit-fuzzy==0.5.0 "
     "linearmodels==7.1 PyWavelets==1.9.0 pyswarms==1.3.0 cvxpy==1.9.3 pulp==3.3.2 pyomo==6.10.1 tldextract==5.4.0 mesa==3.3.1 pingouin==0.6.1 "
     "numpy==2.2.6 scikit-learn==1.6.1 pandas==2.2.3 scipy==1.15.3 joblib==1.6.0",
     "sksurv sklego imodels skmultilearn prince arch filterpy pykalman cma pymoo nevergrad ConfigSpace emcee copulas implicit symspellpy "
     "bm25s yake textdistance snowballstemmer astropy pint uncertainties Bio ase chess treelib anytree intervaltree bidict pyrsistent pendulum "
     "arrow trimesh skimage simpy sparse polars faiss igraph pyphen bitarray boltons portion mido pretty_midi lifetimes skfuzzy linearmodels pywt "
     "pyswarms cvxpy pulp pyomo tldextract mesa pingouin"),
    ("unread-torch", "3.11",
     "torch==2.6.0 gpytorch==1.15.2 botorch==0.18.1 pyro-ppl==1.9.2 kornia==0.9.0 torchio==1.2.1 captum==0.9.0 x-transformers==2.31.10 "
     "vector-quantize-pytorch==1.32.0 pytorch-metric-learning==2.9.0 torchdiffeq==0.2.5 torchsde==0.2.6 e3nn==0.6.0 "
     "pytorch-ignite==0.5.5 ema-pytorch==0.8.3 denoising-diffusion-pytorch==2.3.4 "
     "pykeen==1.11.1 rotary-embedding-torch==0.9.1 tianshou==2.0.1 pytorch-forecasting==1.8.0 audiomentations==0.43.1 "
     "pytorch-optimizer==4.1.0 lion-pytorch==0.2.5 transformers==4.49.0 lightning==2.2.5 numpy==1.26.4",
     "gpytorch botorch pyro kornia torchio captum x_transformers vector_quantize_pytorch pytorch_metric_learning torchdiffeq torchsde "
     "e3nn ignite ema_pytorch denoising_diffusion_pytorch pykeen rotary_embedding_torch tianshou "
     "pytorch_forecasting audiomentations pytorch_optimizer lion_pytorch"),
]
